"""M3ToolEval: 82 tasks in five domains that need several tools each (CodeAct, arXiv 2402.01030)."""

from windward.evals.data import DataError
from windward.evals.tooluse.data import data_folder
from windward.evals.tooluse.m3.grade import grade, grade_released
from windward.evals.tooluse.m3.load import SIZES, M3Task, read_tasks
from windward.evals.tooluse.m3.oracle import act, act_on_host, plan
from windward.evals.tooluse.m3.strict import grade_strict
from windward.evals.tooluse.m3.world import open_world

__all__ = [
    "SIZES",
    "DataError",
    "M3Task",
    "act",
    "act_on_host",
    "data_folder",
    "grade",
    "grade_released",
    "grade_strict",
    "open_world",
    "plan",
    "read_tasks",
]
