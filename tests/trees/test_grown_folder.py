"""`grow_trees` from end to end with scripted models: files, the journal, stamps, and what cannot be used."""

import json

import pytest

from windward.evals.folder import FolderError
from windward.models import ModelError, scripted
from windward.recipes.errors import RecipeError
from windward.recipes.trees.grown import GrowTreesConfig, grow_trees
from windward.rows import read_pairs, read_results, read_sft, select
from windward.trees import Cast, GrowConfig, read_trees

ROWS = [
    {"id": f"p{number}", "prompt": f"What is {number} + 3?", "reference": str(number + 3), "kind": "math", "family": "adding"}
    for number in range(1, 4)
]  # fmt: skip


def solver(name, offset=3, fails=()):
    """Adds what it is asked to add, or something else."""

    def reply(messages):
        asked = next(message["content"] for message in reversed(messages) if "What is" in message["content"])
        number = int(asked.split("What is ")[-1].split(" ")[0])
        if number in fails:
            raise ModelError(f"{name} does not answer {number}")
        return f"```python\nprint({number + offset})\n```"

    return scripted(reply, name=name)


def cast(**changes):
    told = {"actor": solver("actor"), "opponents": (solver("other", 4),), "critic": scripted(lambda _: "Add again.", name="c")}  # fmt: skip
    return Cast(**told | changes)


def problems(tmp_path, rows=ROWS):
    path = tmp_path / "problems.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def grown(tmp_path, models, rows=ROWS, **config):
    settings = GrowTreesConfig(problems(tmp_path, rows), grow=GrowConfig(samples=(1, 1)), **config)
    return grow_trees(settings, models, tmp_path / "out", tell=lambda _: None)


def test_the_folder_holds_trees_rows_counts_and_a_page(tmp_path):
    page = grown(tmp_path, cast())
    out = page.parent
    trees = read_trees(out / "trees.jsonl")
    assert [tree.id for tree in trees] == ["p1@0", "p2@0", "p3@0"]
    pairs = read_pairs(out / "pairs.parquet")
    assert [(row.model, row.rejected_model, row.turn) for row in pairs] == [("actor", "other", 1), ("actor", "other", 2)] * 3  # fmt: skip
    assert all(row.prompt[-1]["content"].endswith("Add again.") for row in pairs if row.turn == 2)
    assert len(read_sft(out / "sft.parquet")) == 3
    (by_actor,) = select(read_results(out / "results.parquet"), metric="trees_with_correct", condition={"way": "actor"})  # fmt: skip
    assert (by_actor.value, by_actor.n) == (3, 3)
    assert "6 pairs" in page.read_text().replace("\u00a0", " ")


def test_a_run_that_broke_off_buys_no_reply_twice(tmp_path):
    broken = cast(actor=solver("actor", fails=(3,)))
    with pytest.raises(Exception, match="actor does not answer 3"):
        grown(tmp_path, broken)
    bought = len(broken.actor.calls)
    assert bought >= 4
    again = cast()
    grown(tmp_path, again)
    assert len(again.actor.calls) == 2  # the two turns of the third problem
    third = cast()
    grown(tmp_path, third)
    assert third.actor.calls == [] and third.critic.calls == []


def test_another_cast_needs_another_folder(tmp_path):
    grown(tmp_path, cast())
    with pytest.raises(FolderError, match="critic was 'c', now None"):
        grown(tmp_path, cast(critic=None))


def test_golds_and_stamps_stand_beside_the_problems(tmp_path):
    rows = [ROWS[0] | {"program": ["print(1 + 3)", "print(2 * 2)"], "never_score": ["gsm8k"]}, ROWS[1] | {"rationale": "Add 2 and 3."}, ROWS[2]]  # fmt: skip
    weak = solver("actor", 0)
    page = grown(tmp_path, cast(actor=weak), rows)
    shown = [call[-1]["content"] for call in weak.calls]
    assert any("print(1 + 3)" in text for text in shown) and any("print(2 * 2)" in text for text in shown)
    assert any("Add [number] and [number]." in text for text in shown)
    trees = read_trees(page.parent / "trees.jsonl")
    assert [tree.never_score for tree in trees] == [("gsm8k",), (), ()]
    assert {node.way for tree in trees[:2] for node in tree.nodes} >= {"given_reference"}
    assert {node.way for node in trees[2].nodes} == {"", "opponent"}


def test_trees_that_share_text_with_an_evaluation_set_are_dropped(tmp_path):
    long = "How many apples has Tom after he buys three more of them?"
    quiz = tmp_path / "quiz.jsonl"
    quiz.write_text(json.dumps({"text": long}) + "\n")
    rows = [ROWS[0] | {"prompt": f"{long} What is 1 + 3?"}, ROWS[1]]
    page = grown(tmp_path, cast(), rows, against=(str(quiz),))
    assert [tree.id for tree in read_trees(page.parent / "trees.jsonl")] == ["p2@0"]


def test_what_cannot_be_used_is_named(tmp_path):
    with pytest.raises(RecipeError, match="problem p1: program and rationale"):
        grown(tmp_path, cast(), [ROWS[0] | {"program": 5}])
    with pytest.raises(RecipeError, match="no such file"):
        grow_trees(GrowTreesConfig(tmp_path / "gone.jsonl"), cast(), tmp_path / "out")
