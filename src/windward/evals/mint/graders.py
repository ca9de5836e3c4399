"""One door to all graders of proposed solutions: by profile, then by kind of task."""

from __future__ import annotations

from typing import Literal, get_args

from windward.evals.mint.code_tasks import grade_code_released, grade_code_strict
from windward.evals.mint.instances import Instance, family_of
from windward.evals.mint.released import grade_released
from windward.evals.mint.strict import grade_strict
from windward.grading import Verdict

Profile = Literal["released", "strict"]
PROFILES: tuple[Profile, ...] = get_args(Profile)


def grade(instance: Instance, answer: str, profile: str = "strict") -> Verdict:
    """Whether a proposed solution is right, by the released rules or by ours.

    Args:
        instance: a problem of any task but ALFWorld, which is solved in its game and not by a proposal.
        answer: the proposed solution.
        profile: `released` or `strict`.

    Raises:
        ValueError: there is no such profile, or the task is ALFWorld.
        IsolationError: code cannot be isolated on this machine.
    """
    if profile not in PROFILES:
        raise ValueError(f"no grading profile {profile!r}; there are {', '.join(PROFILES)}")
    match family_of(instance.task), profile:
        case "code_generation", "released":
            return grade_code_released(instance, answer)
        case "code_generation", _:
            return grade_code_strict(instance, answer)
        case _, "released":
            return grade_released(instance, answer)
    return grade_strict(instance, answer)
