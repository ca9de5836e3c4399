"""Win rates: two systems' answers judged against each other in both orders, also at equal length."""

from windward.evals.winrate.answers import Answer, AnswerPair, Answers, match, read_answers
from windward.evals.winrate.figures import winrate_results
from windward.evals.winrate.judge import Judged, Judgement, judge_pair
from windward.evals.winrate.length import LengthControlled, length_controlled
from windward.evals.winrate.rate import WinRate, win_rate

__all__ = [
    "Answer",
    "AnswerPair",
    "Answers",
    "Judged",
    "Judgement",
    "LengthControlled",
    "WinRate",
    "judge_pair",
    "length_controlled",
    "match",
    "read_answers",
    "win_rate",
    "winrate_results",
]
