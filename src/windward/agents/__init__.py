"""The multi-turn loop: actions in code, observations back, limits in turns; trajectories."""

from windward.agents.actions import Action, is_python, parse_action
from windward.agents.calls import Call
from windward.agents.environment import Grade, Judgement, feedback, take_turn
from windward.agents.loop import EPISODE_LIMITS, exchange, run_episode
from windward.agents.prompts import STOP, opening, question
from windward.agents.turns import ErrorKind, Trajectory, Turn

__all__ = [
    "EPISODE_LIMITS",
    "STOP",
    "Action",
    "Call",
    "ErrorKind",
    "Grade",
    "Judgement",
    "Trajectory",
    "Turn",
    "exchange",
    "feedback",
    "is_python",
    "opening",
    "parse_action",
    "question",
    "run_episode",
    "take_turn",
]
