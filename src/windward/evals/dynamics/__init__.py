"""How a model changes while it learns: losses and answers of a run's checkpoints, and where generalisation happens."""

from windward.evals.dynamics.curves import METRICS, DynamicsError, Point, RunCurve, TestRow
from windward.evals.dynamics.measure import DynamicsSettings, measure_run
from windward.evals.dynamics.table import dynamics_results
from windward.evals.dynamics.tested_rows import read_tests

__all__ = [
    "METRICS",
    "DynamicsError",
    "DynamicsSettings",
    "Point",
    "RunCurve",
    "TestRow",
    "dynamics_results",
    "measure_run",
    "read_tests",
]
