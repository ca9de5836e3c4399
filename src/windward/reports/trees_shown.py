"""One tree to walk: the problem, the map, and every action with who wrote it, what came of it and what was said of it."""

from __future__ import annotations

from windward.reports.attempt_view import action_text, labelled, outcome, verdict
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, raw
from windward.reports.tree_view import Branch, tree_view, verdict_mark
from windward.reports.trees_folder import ShownTree, TreeNode

_WAYS = {
    "stronger": "by a stronger model",
    "given_reference": "with the reference in sight",
    "opponent": "by the model of incorrect actions",
}


def walk_legend() -> Html:
    """What the marks mean."""
    return tag(
        "p",
        verdict_mark(True), " correct, ", verdict_mark(False), " incorrect, ", verdict_mark(None),
        " ran and handed nothing in; ",
        tag("span", "chosen", class_="tag tag-chosen"), " and ", tag("span", "rejected", class_="tag tag-rejected"),
        " make preference pairs; ", tag("span", "leaf", class_="tag"), " is correct and has no partner.",
        class_="small",
    )  # fmt: skip


def tree_shown(tree: ShownTree, anchor: str) -> Html:
    """The tree as a card."""
    pairs = tree.pairs()
    marks = {rejected.id: "rejected" for _, rejected in pairs} | {chosen.id: "chosen" for chosen, _ in pairs}
    with_whom = {chosen.id: rejected.id for chosen, rejected in pairs}
    branches = [
        Branch(
            key=node.id,
            parent=node.parent,
            depth=node.turn,
            right=None if _unjudged(node) else node.attempt.correct,
            title=f"{node.id} · {node.model} · {_ended(node)}",
            marks=(marks[node.id],) if node.id in marks else ("leaf",) if node.attempt.correct else (),
            body=_body(node, with_whom.get(node.id)),
        )
        for node in tree.nodes
    ]
    reference = disclosure("reference", raw(tree.reference)) if tree.reference else None
    return tag(
        "article",
        tag("h3", "Tree ", tag("code", tree.id)),
        tag("div", tag("p", tree.family or tree.kind, class_="small"), raw(tree.prompt, class_="prompt"), reference, class_="problem"),
        tree_view(branches, anchor=anchor, root="problem", step="turn"),
        class_="card",
    )  # fmt: skip


def _ended(node: TreeNode) -> str:
    """How an action ended; one that ran and handed nothing in is no answer and no failure."""
    if _unjudged(node):
        return "ran, and handed nothing in"
    return outcome(node.attempt)


def _unjudged(node: TreeNode) -> bool:
    return not node.attempt.correct and not node.incorrect


def _body(node: TreeNode, partner: str | None) -> Html:
    about = [node.model, _WAYS.get(node.way, ""), f"schema {node.schema}" if node.schema else ""]
    if partner is not None:
        about.append(f"paired with {partner}")
    told = node.told or node.attempt.observation
    said = "Action" if node.attempt.code is None else "Action (the marked part ran)"
    return tag(
        "div",
        tag("p", " · ".join(part for part in about if part), class_="small"),
        labelled(said, action_text(node.attempt)),
        labelled("What deeper turns are told" if node.told else "Observation", raw(told)) if told else None,
        labelled("Verdict", verdict(node.attempt)) if not _unjudged(node) else None,
        class_="attempt",
    )
