"""The page of `windward trees`: counts by task and turn, who is chosen and who rejected, and trees to walk."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from windward.reports.again import again
from windward.reports.count_chart import count_chart
from windward.reports.markup import Html, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, disclosure, facts, missing, section, table
from windward.reports.trees_folder import TreesFolder, drawn, read_trees_folder
from windward.reports.trees_shown import tree_shown, walk_legend
from windward.reports.wording import counted, percent
from windward.rows import select

_ROWS = {"sft.parquet": "rows for SFT", "pairs.parquet": "pairs", "augmented.parquet": "augmented pairs"}
_COLUMNS = {
    "correct": "correct actions",
    "incorrect": "incorrect answers beside them",
    "pairs_found": "pairs",
    "partnerless": "no partner recorded",
    "over": "partner taken, or over the cap",
    "leaning": "rest on code before",
}


def write_trees_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all; the same files give the same page.

    Raises:
        ReportError: a file is missing or malformed; says which.
    """
    return write_page(Path(folder), trees_page(read_trees_folder(Path(folder))))


def trees_page(found: TreesFolder) -> str:
    """The page as text."""
    sections = [("counts", "Counts", _counts(found)), ("models", "Models", _models(found))]
    if found.mining:
        sections.append(("evaluation", "Evaluation sets", _evaluation(found)))
    sections += [
        ("trees", "Trees", _trees(found)),
        ("again", "Do it again", again(found.record, found.files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    foot = footer()
    return page("Preference trees", _head(found), contents, *(body for *_, body in sections), foot)


def _head(found: TreesFolder) -> Html:
    told = {
        "trees": f"{len(found.trees):,}",
        "actions in them": f"{sum(len(tree.nodes) for tree in found.trees):,}",
        **{name: f"{found.rows[file]:,}" for file, name in _ROWS.items() if file in found.rows},
    }
    mining = found.mining
    if mining:
        told["runs read"] = f"{mining.get('runs_read', 0):,}"
        told["trees dropped for an evaluation set"] = f"{mining.get('trees_dropped', 0):,}"
    pairs = sum(len(tree.pairs()) for tree in found.trees)
    return tag(
        "header",
        tag("p", "UltraInteract · Preference trees", class_="eyebrow"),
        tag("h1", f"{counted(pairs, 'pair')} in {counted(len(found.trees), 'tree')}"),
        columns(
            tag("article", tag("h2", "What was made"), facts(told), class_="card"),
            tag("article", tag("h2", "What a pair is"), _pair_told(found), class_="card"),
        ),
    )


def _pair_told(found: TreesFolder) -> Html:
    """The rules in words."""
    rule = (
        "A correct and an incorrect answer that different models gave after the very same history: the same code and answers "
        "before, the same observations, the same critique. Thoughts are no part of a history."
        if found.mining
        else "A correct and an incorrect action of one turn, judged in forks of one interpreter: both found the same "
        "variables and files, and neither saw the other."
    )
    return join(
        tag("p", rule),
        tag("p", "The incorrect action may be gone on from; the correct one closes its branch."),
    )


def _counts(found: TreesFolder) -> Html:
    by_turn: dict[str, Counter[int]] = {}
    for tree in found.trees:
        by_turn.setdefault(tree.family or tree.kind, Counter()).update(
            chosen.turn for chosen, _ in tree.pairs()
        )
    turns = sorted({turn for counter in by_turn.values() for turn in counter})
    if not turns:
        why = "No turn of any tree holds a correct and an incorrect action."
        return section("Counts", missing("No pairs.", why), _mined(found), anchor="counts")
    bars = {
        family: [counter[turn] for turn in turns]
        for family, counter in sorted(by_turn.items(), key=lambda one: (-one[1].total(), one[0]))
    }
    chart = count_chart(bars, series=[f"turn {turn}" for turn in turns], title="Pairs by task and turn")
    return section("Counts", chart, _mined(found), anchor="counts")


def _mined(found: TreesFolder) -> Html | None:
    """What a recording held, by task and turn; before evaluation sets were compared with."""
    cells = sorted({(row.dataset, row.condition["turn"]) for row in select(found.results, metric="correct")})
    if not cells:
        return None
    lines = []
    for family, turn in cells:
        at = {"dataset": family, "condition": {"turn": turn}}
        figures = (select(found.results, metric=metric, **at) for metric in _COLUMNS)
        lines.append((family, str(turn), *(f"{row[0].value:,.0f}" if row else "–" for row in figures)))
    totals = (sum(row.value for row in select(found.results, metric=metric)) for metric in _COLUMNS)
    lines.append(("all", "", *(f"{total:,.0f}" for total in totals)))
    headings = ("task", "turn", *_COLUMNS.values())
    return join(
        tag("h3", "What the recording holds"),
        tag("div", table(headings, lines, numeric=range(1, len(headings))), class_="dense"),
    )


def _models(found: TreesFolder) -> Html:
    chosen: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    same = 0
    for tree in found.trees:
        for right, wrong in tree.pairs():
            chosen[right.model] += 1
            rejected[wrong.model] += 1
            same += right.model == wrong.model
    lead = (
        f"In {counted(same, 'pair')} of {chosen.total():,} both actions are one model's, so that its style tells nothing."
        if same
        else "The two actions of a pair are never of one model. Who is chosen far more often than rejected lets style tell."
    )
    names = sorted(chosen | rejected, key=lambda name: (-(chosen[name] + rejected[name]), name))
    lines = [
        (
            name,
            f"{chosen[name]:,}",
            f"{rejected[name]:,}",
            percent(chosen[name] / (chosen[name] + rejected[name])),
        )
        for name in names
    ]
    headings = ("model", "chosen", "rejected", "share chosen")
    told = tag("div", table(headings, lines, numeric=(1, 2, 3)), class_="sortable dense")
    body = told if lines else missing("No pairs.", "So nobody is chosen or rejected.")
    return section("Who is chosen, who rejected", body, anchor="models", lead=lead if lines else None)


def _evaluation(found: TreesFolder) -> Html:
    mining = found.mining
    compared = mining.get("compared_with") or {}
    if not compared:
        why = "No data folder (WINDWARD_DATA) and no --against was given: overlaps are unknown."
        return section("Evaluation sets", missing("Compared with none.", why), anchor="evaluation")
    dropped, stamped = mining.get("trees_dropped_by_set") or {}, mining.get("trees_stamped_by_set") or {}
    lines = [(name, f"{count:,}", f"{dropped.get(name, 0):,}", f"{stamped.get(name, 0):,}")
             for name, count in compared.items()]  # fmt: skip
    overlaps = mining.get("overlaps") or []
    listed = [
        (
            str(one.get("tree")),
            str(one.get("set")),
            str(one.get("item")),
            percent(float(one.get("share", "nan"))),
        )
        for one in overlaps
    ]
    lead = (
        f"A tree is dropped if its instruction shares {mining.get('words')} words in a row with an item of a set that its "
        "stamp does not rule out, or if an action holds half of an item. Stamped trees stay: rows made of them name the sets "
        "on which a model trained on them must not be scored."
    )
    more = f"The overlaps ({len(listed):,} of {mining.get('overlaps_listed_of', len(listed)):,})"
    return section(
        "Evaluation sets",
        tag("div", table(("set", "items", "trees dropped", "trees stamped"), lines, numeric=(1, 2, 3)), class_="dense"),
        disclosure(more, table(("tree", "set", "item", "of the item"), listed, numeric=(3,))) if listed else None,
        anchor="evaluation",
        lead=lead,
    )  # fmt: skip


def _trees(found: TreesFolder) -> Html:
    shown = drawn(found.trees, found.seed)
    if not shown:
        return section("Trees to walk", missing("No trees.", "None holds a correct action."), anchor="trees")
    lead = (
        f"{len(shown)} of {counted(len(found.trees), 'tree')}: the latest pair, pairs at several turns, one with few, then "
        f"others; which one of a shape, seed {found.seed} decides. Open a node to read it; arrow keys walk."
    )
    views = (tree_shown(tree, f"tree-{place}") for place, tree in enumerate(shown, start=1))
    return section("Trees to walk", walk_legend(), *views, anchor="trees", lead=lead)
