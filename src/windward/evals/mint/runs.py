"""What is known of one run of a model on one problem: all that figures are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

FailureKind = Literal["invalid_action", "execution_error", "wrong_answer", "out_of_turns"]
"""How an unsolved run ended: its last turn had no action, raised, proposed a wrong answer, or only explored."""


@dataclass(frozen=True)
class Setting:
    """Under what a run was made; runs are compared within one setting.

    Attributes:
        max_turns: k, actions that the model may take at most.
        feedback: `none`, or the name of the model that gives feedback.
        form: of the feedback: `` (none), `textual`, `binary`, or another that a recording names.
        with_reference: whether the feedback model saw the right answer.
    """

    max_turns: int
    feedback: str = "none"
    form: str = ""
    with_reference: bool = False


@dataclass(frozen=True)
class Run:
    """One run on one problem.

    Attributes:
        model: name of the policy.
        setting: see `Setting`.
        task: name of the task.
        task_id: of the problem within it.
        solved_at: the turn (from 1) whose proposal was right; None if none was.
        turns: actions taken.
        proposals: of these, solutions proposed.
        invalid: of these, turns without an action that could be read.
        failure: of a run that is not solved.
        error: why the run could not be finished (context overflow, …); such a run counts as unsolved.
        leaks: feedback messages that showed the reference although they must not.
        unreadable: feedback messages that judged nothing or did not come.
    """

    model: str
    setting: Setting
    task: str
    task_id: str
    solved_at: int | None
    turns: int
    proposals: int = 0
    invalid: int = 0
    failure: FailureKind | None = None
    error: str = ""
    leaks: int = field(default=0)
    unreadable: int = 0

    @property
    def success(self) -> bool:
        """Whether the problem was solved within the run."""
        return self.solved_at is not None
