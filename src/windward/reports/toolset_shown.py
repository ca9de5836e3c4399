"""One tool of a library, whole: its problem, first solution, abstraction, verdicts, what it was compared with, and its uses."""

from __future__ import annotations

from collections.abc import Mapping

from windward.reports.attempt_view import labelled
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import facts, raw, table
from windward.reports.run_records import Row
from windward.reports.toolset_folder import ShownTool
from windward.reports.tree_view import verdict_mark
from windward.reports.wording import counted

USES = 20
"""Uses of a tool that are listed, at most."""
_EVIDENCE = ("outcome", "expected", "printed", "error", "message", "why")
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
        " ".join(cut_middle(str(about["explanation"] or about["problem"]), 200).split()),
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
    tool, steps = one.tool, {str(step["stage"]): step for step in one.steps}
    given = dict(tool["facts"] or ())
    parts = [_line(one), labelled("Originating problem", raw(str(tool["question"]), class_="prompt"))]
    if text := str(given.pop("table", "")).strip():
        parts.append(raw(text, 2_000))
    parts.append(labelled("Right answer", raw(str(tool["answer"]), 500)))
    solution = steps.get("solution", {})
    parts += _code("First solution", str(solution.get("code") or tool["solution"]),
                   str(solution.get("call") or tool["solution_call"]))  # fmt: skip
    parts += _step(steps.get("solution verdict"))
    made = steps.get("abstraction")
    if made is not None and made["code"] and (made["code"], made["call"]) != (tool["code"], tool["call"]):
        parts += _code("Abstraction, as it was made", str(made["code"]), str(made["call"]))
        parts += _code("Abstraction, as it is in the library", str(tool["code"]), str(tool["call"]))
    else:
        parts += _code("Abstraction", str(tool["code"]), str(tool["call"]))
    parts += _step(steps.get("abstraction verdict"))
    parts.append(labelled("De-duplication", _decisions(one, places)))
    if one.verdict:
        parts.append(labelled("Audit", evidence(one)))
    if one.uses:
        parts.append(labelled("Retrieved for", _uses(one)))
    return parts


def evidence(one: ShownTool) -> Html:
    """The verdict of the audit and what it rests on."""
    lines = [
        (name, raw(str(one.verdict[name]), 600))
        for name in _EVIDENCE
        if one.verdict.get(name) not in (None, "")
    ]
    if (strict := one.verdict.get("strict")) is not None:
        lines.append(("by value", tag("span", "yes" if strict else "no")))
    return facts([("verdict", join(kind_mark(one), " ", one.kind)), *lines])


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
    if not code and not call:
        return [labelled(name, tag("p", "not on record", class_="nothing"))]
    return [labelled(name, raw(f"{code.rstrip()}\n\n{call.strip()}".strip()))]


def _step(step: Row | None) -> list[Html]:
    if step is None:
        return []
    verdict = str(step["verdict"])
    mark = verdict_mark(None if verdict == "recorded" else verdict == "ok")
    told = {"ok": "it gives the right answer", "recorded": "only the outcome is on record"}
    why = " ".join(cut_middle(str(step["why"]), 300).split())
    said = join(mark, " ", told.get(verdict, verdict), f" · {why}" if why else "")
    return [tag("p", said, class_="verdict")]


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
