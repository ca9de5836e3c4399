"""What the quickstart page lets a reader see with own eyes: trees to walk, problems before and after."""

from __future__ import annotations

from collections import Counter

from windward.reports.attempt_view import attempt_view, outcome
from windward.reports.comparison import split_name, stage_names
from windward.reports.examples import (
    OUTCOMES,
    Outcome,
    Pair,
    chosen_and_rejected,
    disagreements,
    draw,
    draw_trees,
    pairs,
)
from windward.reports.markup import Html, tag
from windward.reports.parts import columns, disclosure, missing, raw, section
from windward.reports.run_records import Evaluation, RunFolder, Tree
from windward.reports.tree_view import Branch, tree_view, verdict_mark
from windward.reports.wording import counted
from windward.rows import Problem

_EACH = 2
_TOLD: dict[Outcome, str] = {
    "fixed": "wrong before, right after",
    "newly broken": "right before, wrong after",
    "still wrong": "wrong before and after",
}


def trees_shown(run: RunFolder) -> Html:
    """Three trees, each with its problem, its map and its nodes."""
    seed = run.seed
    drawn = draw_trees(run.trees, seed)
    lead = (
        f"{counted(len(drawn), 'tree')} of {len(run.trees):,}, of different shapes where there are such: one solved "
        "only after a wrong turn, one with a right and a wrong action in its first turn, one never solved; then others, "
        f"with a pair first. Which one of a shape, seed {seed} decides. Open a node to read it; arrow keys walk."
    )
    if not drawn:
        return section(
            "Trees", missing("No trees.", "trees.jsonl is not there or holds none."), anchor="trees"
        )
    body = (_tree(tree, f"tree-{place}") for place, tree in enumerate(drawn, start=1))
    return section("Trees to walk", _legend(), *body, anchor="trees", lead=lead)


def _legend() -> Html:
    return tag(
        "p",
        verdict_mark(True), " correct, ", verdict_mark(False), " incorrect; ",
        tag("span", "chosen", class_="tag tag-chosen"), " and ", tag("span", "rejected", class_="tag tag-rejected"),
        " make a preference pair; ", tag("span", "kept", class_="tag"), " was taken without a partner. "
        "The incorrect one of them is continued with what it showed.",
        class_="small",
    )  # fmt: skip


def _tree(tree: Tree, anchor: str) -> Html:
    marks = chosen_and_rejected(tree)
    branches = [
        Branch(
            key=node.id,
            parent=node.parent,
            depth=node.turn,
            right=node.attempt.correct,
            title=f"turn {node.turn}: {outcome(node.attempt)}",
            marks=(marks[node.id],) if node.id in marks else ("kept",) if node.kept else (),
            body=attempt_view(node.attempt),
        )
        for node in tree.nodes
    ]
    head = tag("h3", "Tree ", tag("code", tree.id))
    return tag("article", head, problem_view(tree.problem), tree_view(branches, anchor=anchor, root="problem", step="turn"),
               class_="card")  # fmt: skip


def problem_view(problem: Problem) -> Html:
    """What was asked and what counts as right."""
    told = [part for part in (problem.family, problem.kind) if part]
    about = tag("p", " · ".join(told), class_="small") if told else None
    return tag(
        "div", about, raw(problem.prompt, class_="prompt"), _reference(problem.reference), class_="problem"
    )


def _reference(reference: str) -> Html | None:
    if "\n" in reference or len(reference) > 80:
        return disclosure("reference", raw(reference))
    return tag("p", "reference ", tag("code", reference)) if reference else None


def examples_shown(run: RunFolder) -> Html:
    """Problems before and after side by side, drawn by outcome."""
    names = stage_names(run.results)
    tried = {one.stage for one in run.evaluations}
    later = [stage for stage in names if stage in tried and stage != "before"]
    splits = {one.split for one in run.evaluations} - {"train"}
    if "before" not in tried or not later:
        why = "evaluations.jsonl does not hold both a stage before training and one after it."
        return section("Examples", missing("No examples.", why), anchor="examples")
    both = pairs(run.evaluations, "before", later[-1], sorted(splits))
    counts = Counter(pair.outcome for pair in both)
    told = ", ".join(f"{counts[kind]:,} {kind}" for kind in OUTCOMES)
    lead = (
        f"Of {counted(len(both), 'held-out problem')} tried {names['before']} and {names[later[-1]]}: {told}. "
        f"Shown: up to {_EACH} of each of the first three kinds, drawn with seed {run.seed} and not looked at first."
    )
    groups = [
        _group(
            kind,
            draw(both, kind, run.seed, _EACH),
            counts[kind],
            (names["before"], names[later[-1]]),
        )
        for kind in _TOLD
    ]
    wrong = disagreements(run.evaluations, run.results)
    if wrong:
        told = f"evaluations.jsonl is not what was measured: {'; '.join(wrong)}. The figures above are the result table's."
        groups.insert(0, missing("The records disagree with the result table.", told))
    return section("Examples, before and after", *groups, anchor="examples", lead=lead)


def _group(kind: Outcome, drawn: list[Pair], count: int, names: tuple[str, str]) -> Html:
    title = f"{kind.capitalize()}: {_TOLD[kind]}"
    if not drawn:
        return tag("div", tag("h3", title), tag("p", "None.", class_="nothing"))
    return tag(
        "div", tag("h3", f"{title} ({len(drawn)} of {count:,})"), *(_example(pair, names) for pair in drawn)
    )


def _example(pair: Pair, names: tuple[str, str]) -> Html:
    sides = (_side(one, name) for one, name in zip((pair.before, pair.after), names, strict=True))
    where = tag("p", split_name(pair.before.split), class_="small")
    return tag("article", where, problem_view(pair.before.problem), columns(*sides), class_="card")


def _side(one: Evaluation, name: str) -> Html:
    """One stage's turns; the last one is open, earlier ones are one touch away."""
    solved = one.solved_at is not None
    told = f"solved in turn {one.solved_at}" if solved else f"not solved in {counted(len(one.turns), 'turn')}"
    head = tag("h4", name, ": ", verdict_mark(solved), " ", told)
    turns = (
        disclosure(f"turn {place}", attempt_view(turn), opened=place == len(one.turns))
        for place, turn in enumerate(one.turns, start=1)
    )
    return tag("div", head, *turns, class_="side")
