"""Runs of MINT to read: turn by turn, what the model did, what it was shown, what the expert said, what the verdict was."""

from __future__ import annotations

from typing import Any

from windward.reports.attempt_view import action_text, labelled
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.mint_folder import ENDINGS, MintFolder
from windward.reports.parts import disclosure, missing, raw, section
from windward.reports.run_records import Attempt, Row
from windward.reports.tree_view import verdict_mark
from windward.reports.wording import counted

_KINDS = {
    "execute": "ran code",
    "solution": "proposed a solution",
    "invalid": "no action that could be read",
}


def runs_shown(folder: MintFolder) -> Html:
    """A few runs of each ending, folded."""
    drawn = folder.drawn
    if drawn is None or not drawn.shown:
        why = "runs.jsonl is not there, and none were handed over." if drawn is None else "There are no runs."
        return section("Runs", missing("No runs to read.", why), anchor="runs")
    shown = sum(map(len, drawn.shown.values()))
    of = "" if folder.runs_in_all is None else f" of {folder.runs_in_all:,}"
    marks = " Marks are the recorded verdicts." if folder.is_replay else ""
    lead = (
        f"{shown}{of} runs, a few of each ending, drawn by a hash of seed and problem and not picked by hand.{marks} Everything a model wrote is shown "
        "as text; the middle of a long one is cut and counted."
    )
    return section("Runs, turn by turn", *(_ending(folder, *one) for one in drawn.shown.items()),
                   anchor="runs", lead=lead)  # fmt: skip


def _ending(folder: MintFolder, ending: str, rows: list[Row]) -> Html:
    assert folder.drawn is not None
    count = folder.drawn.counts[ending]
    # A sample that was handed over says nothing of how many there are.
    known = folder.runs_in_all == sum(folder.drawn.counts.values())
    told = f"{len(rows)} of {counted(count, 'run')}" if known else counted(len(rows), "run")
    title = tag(
        "h3", ENDINGS[ending][:1].upper() + ENDINGS[ending][1:], " ", tag("span", told, class_="small")
    )
    return tag("div", title, *(_run(row) for row in rows), class_="endings")


def _run(row: Row) -> Html:
    """One run: what it was about, then its turns."""
    run, turns = row["run"], row["episode"]["turns"]
    setting = run.get("setting") or {}
    solved = run["solved_at"] is not None
    told = [f"{run['task']} {run['task_id']}", run["model"], counted(len(turns), "turn")]
    if setting.get("max_turns") is not None:
        told[-1] += f" of {setting['max_turns']}"
    if setting.get("feedback") not in (None, "none"):
        told.append(f"feedback by {setting['feedback']}")
    error = row["episode"].get("error") or run.get("error")
    reference = (row.get("instance") or {}).get("reference")
    return disclosure(
        join(verdict_mark(solved), " ", " · ".join(cut_middle(str(one), 120) for one in told)),
        labelled("Problem", raw(problem_of(row), class_="prompt")),
        labelled("Reference", raw(str(reference), 1_000)) if reference not in (None, "") else None,
        *(_turn(place, turn) for place, turn in enumerate(turns, start=1)),
        missing("No turns.", "The run holds none.") if not turns else None,
        labelled("Broken off", raw(str(error))) if error else None,
        class_="run",
    )


def problem_of(row: Row) -> str:
    """What the problem asks; of a run without it, the last message before the first turn."""
    prompt = (row.get("instance") or {}).get("prompt")
    if prompt:
        return str(prompt)
    opening = row["episode"].get("opening") or [{}]
    return str(opening[-1].get("content") or "not kept")


def _turn(place: int, turn: Row) -> Html:
    kind = _KINDS.get(turn["kind"], turn["kind"])
    feedback = turn.get("feedback")
    return tag(
        "div",
        tag("h4", f"Turn {place}: {kind}"),
        labelled("Action", action_text(_attempt(turn))),
        labelled("Observation", _observation(turn)),
        labelled("Feedback", _feedback(feedback)) if feedback else None,
        labelled("Verdict", _verdicts(turn)),
        class_="attempt turn",
    )


def _attempt(turn: Row) -> Attempt:
    """The turn as what it wrote, with the part of it that counts to be marked."""
    part = turn.get("action") if turn["kind"] in ("execute", "solution") else None
    return Attempt(turn["reply"], part or None, "", None, False, "", None, None)


def _observation(turn: Row) -> Html:
    observation = turn.get("observation")
    if observation is None:
        return tag("p", "not recorded", class_="nothing")
    return raw(str(observation)) if observation else tag("p", "nothing was shown", class_="nothing")


def _feedback(feedback: Any) -> Html:
    """What the policy was told; where that is not what the expert wrote, both."""
    shown, wrote = str(feedback.get("shown") or ""), feedback.get("raw")
    marks = [
        tag("span", name, class_="tag tag-rejected")
        for name, is_so in (
            ("gave the answer away: withheld", feedback.get("leaked")),
            ("judges nothing", feedback.get("readable") is False),
        )
        if is_so
    ]
    told = raw(shown) if shown else tag("p", "the model was told nothing", class_="nothing")
    whole = None
    if wrote is not None and str(wrote) != shown:
        whole = disclosure("What the expert wrote", raw(str(wrote)))
    return join(tag("p", *marks, class_="verdict") if marks else None, told, whole)


def _verdicts(turn: Row) -> Html:
    """The verdict of a proposal with its rule; of recorded runs, that of every grader."""
    several = turn.get("verdicts")
    if several:
        return join(*(_verdict(found, name) for name, found in several.items()))
    if turn.get("verdict"):
        return _verdict(turn["verdict"], None)
    if turn.get("solved"):
        return tag("p", verdict_mark(True), " the task is done", class_="verdict")
    return tag("p", "nothing was proposed" if turn["kind"] != "solution" else "not kept", class_="nothing")


def _verdict(found: Row, grader: str | None) -> Html:
    answer, status = found.get("extracted"), found.get("status")
    told: list[object] = []
    if found.get("rule"):
        told.append(join("rule ", tag("code", cut_middle(str(found["rule"]), 200))))
    if answer is not None:
        told.append(join("read as ", tag("code", cut_middle(str(answer), 200))))
    if status not in (None, "ok", "graded"):
        told.append(f"status {status}")
    correct = found.get("correct")
    said: object = (
        "unknown"
        if correct is None
        else join(verdict_mark(bool(correct)), " ", "right" if correct else "wrong")
    )
    name = None if grader is None else f"{grader}: "
    return tag("p", name, said, *(join(" · ", part) for part in told), class_="verdict")
