"""One tool of a library, whole: its problem, first solution, abstraction, verdicts, what it was compared with, and its uses."""

from __future__ import annotations

from collections.abc import Mapping

from windward.reports.attempt_view import labelled
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import columns, disclosure, facts, raw, table
from windward.reports.run_records import Row
from windward.reports.toolset_folder import ShownTool
from windward.reports.tree_view import verdict_mark
from windward.reports.wording import counted

USES = 20
"""Uses of a tool that are listed, at most."""
_EVIDENCE = {
    "why": "what was found",
    "expected": "right answer",
    "printed": "printed",
    "message": "error",
    "strict": "by value",
    "difference": "difference",
}
"""Columns of an audit that are shown, and their names."""
_RULES = {
    "identical head": "the heads are the same; the first stays",
    "chosen": "the chooser found it the most general",
    "unread": "the chooser said nothing that could be read; the first stays",
    "no function": "its text holds no function",
}


def tool_entry(one: ShownTool, places: Mapping[str, ShownTool]) -> Html:
    """The tool's line in the list, which opens to its whole chain.

    Args:
        one: the tool.
        places: the tools of the library by id, to link to.
    """
    about = one.about
    told = [f"complexity {about['complexity']}"]
    if one.uses:
        told.append(f"shown {len(one.uses)}, called {one.used}")
    summary = join(
        kind_mark(one),
        " ",
        tag("code", cut_middle(str(about["head"] or "no function"), 160)),
        " ",
        tag(
            "span",
            " ".join(cut_middle(str(about["explanation"] or about["problem"]), 400).split()),
            class_="small",
        ),
        tag("span", " · ".join(told), class_="tag"),
    )
    return tag(
        "details",
        tag("summary", summary),
        *tool_chain(one, places),
        class_="run",
        id=one.anchor,
        data_kind=one.kind,
        data_complexity=about["complexity"],
        data_uses=one.used,
    )


def kind_mark(one: ShownTool) -> Html:
    """Right, wrong, or not known, for the eye and for a screen reader."""
    return verdict_mark(None if not one.verdict else one.kind == "ok")


def tool_chain(one: ShownTool, places: Mapping[str, ShownTool]) -> list[Html]:
    """Everything known of one tool, in the order in which it came to be."""
    tool, steps = (
        one.tool,
        {str(step["stage"]): step for step in one.steps},
    )  # of several draws the last is the tool's
    given = dict(tool["facts"] or ())
    parts = [_line(one), labelled("Originating problem", raw(str(tool["question"]), class_="prompt"))]
    if text := str(given.pop("table", "")).strip():
        parts.append(raw(text, 2_000))
    if others := [f"{name}: {value}" for name, value in given.items() if str(value).strip()]:
        parts.append(tag("p", cut_middle(" · ".join(others), 400), class_="small"))
    parts.append(labelled("Right answer", raw(str(tool["answer"]), 500)))
    solution, made = steps.get("solution", {}), steps.get("abstraction", {})
    texts = (
        str(tool["solution"] or solution.get("code", "")),
        str(tool["solution_call"] or solution.get("call", "")),
    )
    own = str(tool["code"]), str(tool["call"])
    parts.append(
        columns(
            tag("div", *_code("First solution", *texts), _passed(steps.get("solution verdict"))),
            tag("div", *_code("Abstraction", *own), _passed(steps.get("abstraction verdict"))),
        )
    )
    if made.get("code") and (made["code"], made["call"]) != own:
        parts.append(
            _code(
                "Abstraction as it was made; the text above is another", str(made["code"]), str(made["call"])
            )[0]
        )
    parts += _drawn_before(one)
    parts.append(labelled("De-duplication", _decisions(one, places)))
    if one.verdict:
        parts.append(labelled("Audit", evidence(one)))
    if one.uses:
        parts.append(labelled("Retrieved for", _uses(one)))
    return parts


def evidence(one: ShownTool) -> Html:
    """The verdict of the audit and what it rests on; by value where that is another verdict."""
    told = one.verdict
    lines = [
        (name, _short(str(told[column])))
        for column, name in _EVIDENCE.items()
        if told.get(column) not in (None, "")
        and (column != "strict" or told[column] != told.get("outcome", "ok"))
    ]
    return facts([("verdict", join(kind_mark(one), " ", cut_middle(one.kind, 60))), *lines])


def _short(value: str) -> Html:
    """A word or two in their line, anything longer as it came."""
    return tag("code", value) if len(value) <= 200 and "\n" not in value else raw(value.rstrip("\n"), 1_500)


def _line(one: ShownTool) -> Html:
    about = one.about
    epochs = sorted({step["epoch"] for step in one.steps})
    told = [
        f"tool {cut_middle(one.id, 60)}, number {one.place} of the library",
        *(f"epoch {epoch}" for epoch in epochs),
        counted(about["functions"], "function"),
        counted(about["statements"], "statement"),
        counted(about["arguments"], "argument"),
    ]
    if about["calls"]:
        told.append(f"calls {', '.join(cut_middle(str(name), 60) for name in about['calls'])}")
    return tag("p", " · ".join(told), class_="small")


def _code(name: str, code: str, call: str) -> list[Html]:
    """The text of a function, and the one that calls it."""
    if not code and not call:
        return [labelled(name, tag("p", "not on record", class_="nothing"))]
    return [labelled(name, join(raw(code.strip("\n")), raw(call.strip("\n")) if call.strip() else None))]


def _passed(step: Row | None) -> Html | None:
    """A verdict of the pipeline; of a release it only says which file the tool is in."""
    if step is None:
        return None
    verdict = str(step["verdict"])
    mark = verdict_mark(None if verdict == "recorded" else verdict == "ok")
    told = {"ok": "passed", "recorded": "only the outcome is on record"}.get(verdict, verdict)
    why = " ".join(cut_middle(str(step["why"]), 300).split())
    return tag("p", mark, " ", told, f" · {why}" if why else "", class_="verdict")


def _drawn_before(one: ShownTool) -> list[Html]:
    """What was tried before the texts above, where a problem was drawn more than once."""
    last = {str(step["stage"]): step for step in one.steps}
    before = [step for step in one.steps if last[str(step["stage"])] is not step]
    if not before:
        return []
    shown = [
        tag("div", *_code(str(step["stage"]), str(step["code"]), str(step["call"])), _passed(step))
        for step in before
        if str(step["stage"]).endswith("verdict") or step["verdict"] != "ok"
    ]
    return [disclosure(f"Drawn before: {len(shown)}", *shown)]


def _decisions(one: ShownTool, places: Mapping[str, ShownTool]) -> Html:
    if not one.decisions:
        return tag("p", "No other tool was like it, as far as is on record.", class_="nothing")
    lines = []
    for decision in one.decisions:
        others = [str(id) for id in decision["candidates"] if str(id) != one.id]
        linked = [
            tag("a", id, href=f"#{places[id].anchor}", class_="opens") if id in places else cut_middle(id, 60)
            for id in others
        ]
        spread = join(
            *(part for place, link in enumerate(linked) for part in ((", ", link) if place else (link,)))
        )
        rule = str(decision["rule"])
        why = " ".join(cut_middle(str(decision["why"]), 400).split())
        stays = "this one" if str(decision["kept"]) == one.id else cut_middle(str(decision["kept"]), 60)
        group = cut_middle(str(decision["group"]), 120)
        lines.append((str(decision["step"]), group, spread, stays, join(_RULES.get(rule, rule), ". ", why)))
    return table(("step", "group", "compared with", "stays", "why"), lines)


def _uses(one: ShownTool) -> Html:
    lines = [
        (
            " ".join(cut_middle(str(use["question"]), 160).split()),
            str(use["run"]),
            f"{use['votes']}",
            f"{use['rank']}",
            "called" if use["used"] else "shown",
            join(
                verdict_mark(bool(use["lenient"])), "" if use["lenient"] == use["strict"] else " not by value"
            ),
        )
        for use in sorted(one.uses, key=lambda use: (not use["used"], not use["lenient"]))[:USES]
    ]
    heads = ("problem", "run", "votes", "rank", "tool", "answered")
    more = len(one.uses) - len(lines)
    left = tag("p", f"and {counted(more, 'problem')} more", class_="small") if more > 0 else None
    return join(table(heads, lines, numeric=(2, 3)), left)
