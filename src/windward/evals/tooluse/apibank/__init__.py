"""API-Bank's first level: one call that comes next in a conversation, judged by what it is and by what it does."""

from windward.evals.data import DataError
from windward.evals.tooluse.apibank.ceiling import Ceiling, causes, ceiling
from windward.evals.tooluse.apibank.check import FAULTS, Fault, Truth, by_call, by_result, truth
from windward.evals.tooluse.apibank.load import (
    ApiTask,
    Called,
    Said,
    read_apis,
    read_database,
    read_tasks,
)
from windward.evals.tooluse.apibank.messages import conversation, on_offer
from windward.evals.tooluse.apibank.replay import world_of
from windward.evals.tooluse.apibank.tools import SIGNATURES, Tool, open_world, tools_of
from windward.evals.tooluse.apibank.world import ToolError, UnavailableError
from windward.evals.tooluse.data import data_folder

__all__ = [
    "FAULTS",
    "SIGNATURES",
    "ApiTask",
    "Called",
    "Ceiling",
    "DataError",
    "Fault",
    "Said",
    "Tool",
    "ToolError",
    "Truth",
    "UnavailableError",
    "by_call",
    "by_result",
    "causes",
    "ceiling",
    "conversation",
    "data_folder",
    "on_offer",
    "open_world",
    "read_apis",
    "read_database",
    "read_tasks",
    "tools_of",
    "truth",
    "world_of",
]
