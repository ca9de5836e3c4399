"""How a model changes while it learns: losses and answers of a run's checkpoints, and where generalisation happens."""

from windward.evals.dynamics.curves import METRICS, DynamicsError, Point, RunCurve, TestRow

__all__ = ["METRICS", "DynamicsError", "Point", "RunCurve", "TestRow"]
