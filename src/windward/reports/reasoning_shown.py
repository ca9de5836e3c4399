"""Replies to read, and replies that two sets of rules judge differently; all of it shown as text."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import disclosure, missing, raw, section, table
from windward.reports.reasoning_figures import MODES, POLICIES, name_of
from windward.reports.run_folder import ReportError, need
from windward.reports.run_records import Row
from windward.reports.tree_view import verdict_mark
from windward.reports.wording import counted

EACH = 2
"""Replies shown of each test, mode and outcome."""
DIFFERING = 20
"""Replies shown that are judged differently."""
_TEXTS = ("benchmark", "mode", "item", "prompt", "reference", "response", "finish")


def answer_row(row: object, where: str) -> Row:
    """A line of `answers.jsonl`, checked.

    Raises:
        ReportError: a field is missing or of another type.
    """
    for name in _TEXTS:
        need(row, name, str, where)
    verdicts = need(row, "verdicts", dict, where)
    for policy, verdict in verdicts.items():
        if policy not in POLICIES:
            raise ReportError(f"{where}: no policy {policy!r}")
        need(verdict, "correct", bool, where)
    if not isinstance(row, dict) or not verdicts or row["mode"] not in MODES:
        raise ReportError(f"{where}: expected an answer with a verdict and a mode of {', '.join(MODES)}")
    return row


def shown(answers: Sequence[Row], seed: int) -> Html:
    """A few replies of each outcome."""
    if not answers:
        return section(
            "Replies to read", missing("No replies to read.", "answers.jsonl is not there."), anchor="replies"
        )
    parts: list[object] = []
    for test, mode in dict.fromkeys((str(one["benchmark"]), str(one["mode"])) for one in answers):
        of = [one for one in answers if (one["benchmark"], one["mode"]) == (test, mode)]
        drawn = [
            one
            for right in (True, False)
            for one in sorted((a for a in of if _right(a) is right), key=lambda a: _draw(a, seed))[:EACH]
        ]
        parts += [tag("h3", f"{name_of(test)}, {MODES[mode]}"), *map(_answer, drawn)]
    lead = "A few of each outcome, drawn by a hash of seed and item and not picked by hand."
    return section("Replies to read", *parts, anchor="replies", lead=lead)


def differences(answers: Sequence[Row]) -> Html:
    """Where our rules and the release's disagree: counts by rule, then the replies."""
    differing = [one for one in answers if len({bool(v["correct"]) for v in one["verdicts"].values()}) > 1]
    both = [one for one in answers if len(one["verdicts"]) > 1]
    if not differing:
        return missing(
            "No difference.", f"Both sets of rules judge all {counted(len(both), 'reply', 'replies')} alike."
        )
    counts = Counter(
        (
            str(one["benchmark"]),
            str(one["mode"]),
            "our rules" if one["verdicts"]["strict"]["correct"] else "the release's rules",
            _rule(one["verdicts"]["strict"]),
            _rule(one["verdicts"]["released"]),
        )
        for one in differing
    )
    rows = [
        (name_of(test), MODES[mode], only, ours, theirs, f"{count:,}")
        for (test, mode, only, ours, theirs), count in counts.most_common()
    ]
    return join(
        tag("p", f"{counted(len(differing), 'reply', 'replies')} of {len(both):,} are judged differently."),
        table(("test", "asked", "right only by", "our rule", "the release's rule", "replies"), rows, numeric=(5,),
              caption="Every difference, by the rules that decided"),
        *map(_answer, differing[:DIFFERING]),
    )  # fmt: skip


def _right(answer: Row) -> bool:
    return bool(next(iter(answer["verdicts"].values()))["correct"])


def _rule(verdict: Row) -> str:
    return cut_middle(str(verdict.get("rule")), 100)


def _draw(answer: Row, seed: int) -> str:
    return hashlib.sha256(
        f"{seed} {answer['mode']} {answer['item']}".encode("utf-8", "surrogatepass")
    ).hexdigest()


def _answer(answer: Row) -> Html:
    first = next(iter(answer["verdicts"].values()))
    told = f" {cut_middle(str(answer['item']), 100)} · {_rule(first)}"
    if answer["finish"] in ("length", "context"):
        told += " · cut off"
    read = [
        f"{POLICIES[policy]}: {'right' if verdict['correct'] else 'wrong'} ({verdict.get('status')}), rule "
        f"{verdict.get('rule')}, read {verdict.get('extracted')!r}"
        for policy, verdict in answer["verdicts"].items()
    ]
    return disclosure(
        join(verdict_mark(_right(answer)), told),
        tag("p", "Asked", class_="label"),
        raw(str(answer["prompt"]), 1_500, class_="prompt"),
        tag("p", "Reference", class_="label"),
        raw(str(answer["reference"]) or "none to show", 500),
        tag("p", "Reply", class_="label"),
        raw(str(answer["response"]), 2_000),
        tag("p", "Verdict", class_="label"),
        raw("\n".join(read), 1_200),
        class_="run",
    )
