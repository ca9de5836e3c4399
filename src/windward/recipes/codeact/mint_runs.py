"""MINT's runs, recorded and live, as runs to select from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from windward.evals.mint.instances import Instance, family_of
from windward.evals.mint.observations import expectation, recorded_observation
from windward.evals.mint.prompts import task_text
from windward.evals.mint.recorded import parse_turn
from windward.evals.mint.strict import grade_strict
from windward.evals.mint.turns import Episode, budget_of, episode_from_dict
from windward.evals.mint.turns import Turn as LiveTurn
from windward.recipes.codeact.opening import system_message
from windward.recipes.codeact.runs import ActionKind, Run, Turn

MINT_NEVER_SCORE = (
    "mint", "math", "theoremqa", "mmlu", "humaneval", "mbpp", "gsm8k", "hotpotqa", "alfworld",
)  # fmt: skip
"""What a model trained on MINT's problems must not be scored on: MINT, and the sets that its problems are drawn from."""

_PREFIX = re.compile(r"^\s*Assistant:\s*")
_FENCE = re.compile(r"```python[ \t]*\n(.*?)\n?```", re.DOTALL)
_FENCED_FORMAT = "```python environment"
_TOOL = re.compile(r"^\[\d+\] (\w+)\(", re.MULTILINE)
_NAMED = re.compile(r"^\w+(?:Error|Exception|Interrupt|Exit|Crash)(?::[^\n]*)?\Z", re.MULTILINE)
LETTERS = {"user": "u", "assistant": "a", "system": "s"}
"""Roles as `Run.roles` spells them."""


def recorded_run(row: Mapping[str, Any]) -> Run:
    """A row of MINT's recording as a run: its last observation was never recorded."""
    setting = "" if _no_feedback(row) else f"/{row['feedback']}/{row['feedback_setting']}"
    instance = Instance(
        row["task"],
        str(row["task_id"]),
        row["prompt"],
        row["reference"],
        json.loads(row["task_metadata"] or "{}"),
    )
    success = bool(row["success"])
    turns = _recorded_turns(row["messages"], success, fenced=_FENCED_FORMAT in row["instruction"])
    return Run(
        id=f"{row['task']}/{row['task_id']}/{row['model']}/k{row['max_turns']}{setting}",
        problem_id=f"{row['task']}/{row['task_id']}",
        problem=task_text(instance),
        source=row["task"],
        model=row["model"],
        system=system_message(
            tuple(_TOOL.findall(row["instruction"].split("\n---\n", 1)[0])),
            turns=row["max_turns"],
            proposals=row["max_proposals"],
        ),
        turns=turns,
        roles="u" + roles_of(row["messages"]),
        success=success,
        confirmed=not success or _confirmed(instance, _last_answer(turns)),
        feedback=not _no_feedback(row),
        never_score=MINT_NEVER_SCORE,
    )


def live_run(row: Mapping[str, Any]) -> Run:
    """A line of `runs.jsonl` of `windward eval mint` as a run.

    The observations stand as they were; the count of what is left, which the agent was told beside them, is not in the file.
    """
    run, instance = row["run"], Instance(**row["instance"])
    setting, episode = run["setting"], episode_from_dict(row["episode"])
    turns = tuple(
        _live_turn(turn, last=place == len(episode.turns)) for place, turn in enumerate(episode.turns, 1)
    )
    feedback = setting["feedback"] != "none"
    coached = f"/{setting['feedback']}/{setting['form']}/{setting['with_reference']}" if feedback else ""
    budget = budget_of(setting["max_turns"])
    success = episode.solved_at is not None and not episode.error
    return Run(
        id=f"{instance.task}/{instance.id}/{run['model']}/k{budget.turns}{coached}",
        problem_id=f"{instance.task}/{instance.id}",
        problem=task_text(instance),
        source=instance.task,
        model=run["model"],
        system=system_message(_live_tools(episode), turns=budget.turns, proposals=budget.proposals),
        turns=turns,
        roles="u" + "".join("a" if turn.observation is None else "au" for turn in turns),
        success=success,
        confirmed=not success or _confirmed(instance, episode.turns[-1].action),
        feedback=feedback,
        never_score=MINT_NEVER_SCORE,
    )


def _confirmed(instance: Instance, answer: str | None) -> bool:
    """Whether our grader accepts the answer that solved a problem. Code was run against tests, and games were played."""
    if family_of(instance.task) != "reasoning":
        return True
    return answer is not None and grade_strict(instance, answer).correct


def _last_answer(turns: Sequence[Turn]) -> str | None:
    return parse_turn(turns[-1].text)[1] if turns else None


def _no_feedback(row: Mapping[str, Any]) -> bool:
    return row["feedback"] in (None, "None", "none")


def roles_of(messages: Sequence[Mapping[str, str]]) -> str:
    """The roles of messages, one letter each."""
    return "".join(LETTERS.get(message["role"], "?") for message in messages)


def exchanges(
    messages: Sequence[Mapping[str, str]],
) -> Iterator[tuple[Mapping[str, str], str | None]]:
    """Each message of the agent with the user message after it."""
    for place, message in enumerate(messages):
        if message["role"] == "assistant":
            after = messages[place + 1] if place + 1 < len(messages) else None
            yield message, after["content"] if after and after["role"] == "user" else None


def _recorded_turns(
    messages: Sequence[Mapping[str, str]], success: bool, *, fenced: bool
) -> tuple[Turn, ...]:
    turns = []
    told = list(exchanges(messages))
    for place, (message, after) in enumerate(told, start=1):
        text = _PREFIX.sub("", message["content"]).strip()
        if fenced:  # two models were recorded with Python fences in place of the tag
            text = _FENCE.sub(r"<execute>\n\1\n</execute>", text)
        kind, _ = parse_turn(text)
        turns.append(
            Turn(
                text=text,
                kind="answer" if kind == "proposal" else kind,
                observation=after,
                raised=kind == "code" and shows_error(after),
                rejected=kind == "proposal" and not (success and place == len(told)),
            )
        )
    return tuple(turns)


def shows_error(message: str | None) -> bool:
    """Whether a user message shows an error: a traceback, of IPython or of our interpreter, or a last line that names one."""
    if message is None:
        return False
    shown = recorded_observation(message)
    text = message if shown is None else shown
    return expectation(text).kind == "error" or _NAMED.search(text.rstrip()) is not None


def _live_turn(turn: LiveTurn, *, last: bool) -> Turn:
    kinds: dict[str, ActionKind] = {"execute": "code", "solution": "answer", "invalid": "invalid"}
    told = f"Observation:\n{turn.observation}"
    if turn.feedback is not None and turn.feedback.shown:
        told += f"\n\nExpert feedback:\n{turn.feedback.shown}"
    return Turn(
        text=turn.reply.strip(),
        kind=kinds[turn.kind],
        observation=None if last else told,
        raised=turn.kind == "execute" and turn.status != "ok",
        rejected=turn.kind == "solution" and not turn.solved,
    )


def _live_tools(episode: Episode) -> tuple[str, ...]:
    """Names of the tools that the opening described."""
    rules = episode.opening[0]["content"].split("\n---\n", 1)[0] if episode.opening else ""
    return tuple(re.findall(r"^(\w+)\(.*\) -> ", rules, re.MULTILINE))
