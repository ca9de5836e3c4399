"""The multi-turn loop: actions in code, JSON or text, observations back, limits; trajectories."""

from windward.agents.actions import Action, is_python, parse_action
from windward.agents.calls import Call, as_python, python_call
from windward.agents.describing import Space, Tools, described
from windward.agents.environment import Grade, Judgement, feedback, take_turn
from windward.agents.limits import AgentLimits, Ended
from windward.agents.loop import Ending, Exchange, converse
from windward.agents.problems import EPISODE_LIMITS, exchange, run_episode
from windward.agents.prompts import STOP, opening, question
from windward.agents.spaces import format_answer, format_call, read_action
from windward.agents.steps import Episode, Step
from windward.agents.tool_prompts import talk_opening, task_opening
from windward.agents.tool_use import CELL_LIMITS, Watcher, observed, run_agent
from windward.agents.turns import ErrorKind, Trajectory, Turn

__all__ = [
    "CELL_LIMITS",
    "EPISODE_LIMITS",
    "STOP",
    "Action",
    "AgentLimits",
    "Call",
    "Ended",
    "Ending",
    "Episode",
    "ErrorKind",
    "Exchange",
    "Grade",
    "Judgement",
    "Space",
    "Step",
    "Tools",
    "Trajectory",
    "Turn",
    "Watcher",
    "as_python",
    "converse",
    "described",
    "exchange",
    "feedback",
    "format_answer",
    "format_call",
    "is_python",
    "observed",
    "opening",
    "parse_action",
    "python_call",
    "question",
    "read_action",
    "run_agent",
    "run_episode",
    "take_turn",
    "talk_opening",
    "task_opening",
]
