"""Adversarial training: arms make equal steps, all are measured on the same samples, and the verdict follows from the interval."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.folder import FolderError
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.recipes.errors import RecipeError
from windward.recipes.robtest import hardened
from windward.recipes.robtest.config import CLEAN, HARDENED, ONE, START, HardenedConfig
from windward.recipes.robtest.copies import UNCHANGED, with_copies
from windward.recipes.robtest.figures import HELD_OUT, TEXTS, TRAINED_ON, study_results
from windward.recipes.robtest.measured import Measured, Score, measured
from windward.recipes.robtest.table import table, verdict
from windward.rows import read_results, select
from windward.rows.labelled import Labelled
from windward.training.classifier import ClassifierConfig, train_classifier

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from small_encoder import write_encoder

TEXTS_OF = [
    Labelled(
        str(n),
        f"the farm has {n} cows and buys apples" if n % 2 else f"tom buys {n} apples in the end",
        n % 2,
    )
    for n in range(24)
]
CONFIG = HardenedConfig(
    dimensions=("typo", "glyph"), held_out=("inflection",), degrees=(0.2,), samples=1, train_texts=8, test_texts=6, batch_size=8
)  # fmt: skip


def test_every_arm_learns_from_twice_as_many_texts_and_dimensions_take_turns() -> None:
    clean, counts = with_copies(TEXTS_OF, (), 0.2, 0)
    assert [one.text for one in clean] == 2 * [one.text for one in TEXTS_OF] and counts == {UNCHANGED: 24}
    rows, counts = with_copies(TEXTS_OF, ("typo", "glyph"), 0.2, 0)
    assert len(rows) == len(clean) and counts == {"typo": 12, "glyph": 12}
    assert [one.label for one in rows] == [one.label for one in clean]
    assert all(a.text != b.text for a, b in zip(rows[24:], TEXTS_OF, strict=True))
    assert len({one.id for one in rows}) == len(rows)
    assert with_copies(TEXTS_OF, ("typo", "glyph"), 0.2, 0)[0] == rows != with_copies(TEXTS_OF, ("typo", "glyph"), 0.2, 1)[0]  # fmt: skip


def test_a_text_that_one_dimension_cannot_change_goes_to_the_next_and_else_stays() -> None:
    rows, counts = with_copies([Labelled("1", "Zqx zqx zqx zqx zqx", 0)], ("synonym", "typo"), 0.2, 0)
    assert counts == {"typo": 1} and rows[1].text != rows[0].text
    _, counts = with_copies([Labelled("1", "12 13", 0)], ("typo", "glyph"), 0.2, 0)
    assert counts == {UNCHANGED: 1}


class Strict:
    """Right about what it has read before, wrong about all else."""

    name = "strict"

    def __init__(self) -> None:
        self.known = {one.text: one.label for one in TEXTS_OF}
        self.asked: list[str] = []

    def predict(self, texts: list[str]) -> list[list[float]]:
        self.asked += texts
        return [[1.0, 0.0] if self.known.get(text, 2) == 0 else [0.0, 1.0] for text in texts]


def test_every_classifier_is_asked_the_same_samples() -> None:
    first, second = Strict(), Strict()
    dimensions = [DIMENSIONS["typo"]()]
    found = [measured(one, TEXTS_OF, dimensions, (0.1, 0.3), samples=3, seed=0) for one in (first, second)]  # type: ignore[arg-type]
    assert first.asked == second.asked and found[0] == found[1]
    assert found[0].clean == (1.0,) * 24 and [one.degree for one in found[0].scores] == [0.1, 0.3]
    high = found[0].scores[1]
    # Changed, it takes everything for the second class.
    assert [value for value, one in zip(high.average, TEXTS_OF, strict=True) if one.label == 0] == [0.0] * 12
    assert high.worst == high.average


def run(clean: float, typo: float, inflection: float) -> Measured:
    """Forty texts, of which these shares are right."""

    def right(share: float) -> tuple[float, ...]:
        return tuple(float(place < share * 40) for place in range(40))

    scores = (
        Score("typo", "general", 0.2, right(typo), right(typo)),
        Score("inflection", "general", 0.2, right(inflection), right(inflection)),
    )
    return Measured(right(clean), scores, 0)


def test_changes_are_paired_grouped_by_what_was_learnt_and_said_as_their_interval_has_it() -> None:
    arms = {
        START: [run(0.9, 0.5, 0.5)],
        CLEAN: [run(0.9, 0.5, 0.5), run(0.9, 0.5, 0.5)],
        HARDENED: [run(0.9, 0.9, 0.5), run(0.9, 0.7, 0.5)],
    }
    config = replace(CONFIG, dimensions=("typo",))
    results = study_results(arms, config, "dev")
    told = {"against": CLEAN, "dimension": "all", "case": "worst"}
    of_arm = {"metric": "accuracy_change", "model": HARDENED}
    gain, at_degree = select(results, **of_arm, condition=told | {"group": TRAINED_ON})
    # One degree was measured: its mean is that of all.
    assert "degree" not in gain.condition and at_degree.condition["degree"] == 0.2
    assert at_degree.value == gain.value
    assert gain.value == pytest.approx(0.3) and gain.condition["by_seed"] == pytest.approx([0.4, 0.2])
    assert 0.15 < gain.condition["low"] < 0.3 < gain.condition["high"] < 0.45
    none, _ = select(results, metric="accuracy_change", model=HARDENED, condition=told | {"group": HELD_OUT})
    assert (none.value, none.condition["low"], none.condition["high"]) == (0, 0, 0)
    (one,) = select(
        results,
        metric="accuracy_change",
        model=HARDENED,
        condition={"against": CLEAN, "dimension": "typo", "case": "worst"},
    )
    assert one.condition["mcnemar_p"] == pytest.approx([2 * 0.5**16, 2 * 0.5**8]) and one.n == 40
    said = verdict(results)
    assert len(said) == 5 and sum("more accurate" in line for line in said) == 2
    assert any(TEXTS in line and "no difference" in line for line in said)
    shown = table(results)
    assert "| typo, general | 0.2 | worst | 0.500 | 0.500 | 0.800 |" in shown
    assert f"| {CLEAN} less {START} | {TEXTS} | none | 0 | average | +0.000" in shown


def test_what_an_arm_did_not_learn_from_is_held_out_for_it() -> None:
    arms = {CLEAN: [run(0.9, 0.5, 0.5)], ONE: [run(0.9, 0.5, 0.5)]}
    results = study_results(arms, replace(CONFIG, seeds=(0,)), "dev")
    groups = {
        one.condition["dimension"]: one.condition["group"]
        for one in select(results, metric="accuracy_change", condition={"case": "worst"})
        if one.condition["dimension"] != "all"
    }
    assert groups == {"typo": TRAINED_ON, "inflection": HELD_OUT}


def test_a_study_that_was_cut_off_trains_and_measures_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tmp_path / "start"
    encoder = write_encoder(tmp_path / "encoder")
    train_classifier(encoder, TEXTS_OF, ("apples", "cows"), start, ClassifierConfig(1e-2, epochs=1))
    out, said, trained = tmp_path / "study", list[str](), list[str]()

    def training(*given: object) -> object:
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append(str(given[3]))
        return train_classifier(*given)  # type: ignore[arg-type]

    def study(config: HardenedConfig = CONFIG) -> Path:
        return hardened.run_hardened_study(
            start, TEXTS_OF[:12], TEXTS_OF[10:], out, config, dataset="dev", tell=said.append
        )

    monkeypatch.setattr(hardened, "train_classifier", training)
    with pytest.raises(KeyboardInterrupt):
        study()
    assert "after seed 0:" in said and (out / "study.md").exists()
    monkeypatch.setattr(hardened, "train_classifier", train_classifier)
    results = read_results(study())
    assert sum("measuring" in line for line in said) == 5 and "(2 that are in both left out)" in said[0]
    assert {one.model for one in results} == {START, CLEAN, HARDENED} and not (out / "checkpoints").exists()
    arms = {one.condition["seed"] for one in select(results, metric="accuracy", model=HARDENED)}
    assert arms == {0, 1} and {one.n for one in results} == {6}
    steps = {
        json.loads((out / "training" / f"{arm}-0.json").read_text())["texts"] for arm in (CLEAN, HARDENED)
    }
    assert steps == {16}
    monkeypatch.setattr(hardened, "train_classifier", training)
    said.clear()
    assert read_results(study()) == results
    # Seed 0 is read back, but no table of it alone takes the place of the whole one.
    assert [line for line in said if line.startswith("after")] == ["after seed 1:"]
    with pytest.raises(FolderError, match="holds another run"):
        study(replace(CONFIG, samples=2))


def test_nothing_to_measure_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="every test text is among the training texts"):
        hardened.run_hardened_study(tmp_path, TEXTS_OF, TEXTS_OF[:3], tmp_path / "out", dataset="dev")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"dimensions": ("smell",)}, "no dimension 'smell'"),
        ({"held_out": ("typo",)}, "typo cannot be both trained on and held out"),
        ({"arms": (HARDENED,)}, "arms lack clean"),
        ({"degrees": (0.0,)}, "above 0"),
        ({"samples": 0}, "samples is 0"),
        ({"seeds": ()}, "seeds is empty"),
    ],
)
def test_what_cannot_be_studied_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        replace(CONFIG, **more)  # type: ignore[arg-type]


def test_the_command_says_what_it_was_not_given(tmp_path: Path) -> None:
    encoder = write_encoder(tmp_path / "encoder")
    for name in ("train", "test"):
        (tmp_path / f"{name}.tsv").write_text("text\tlabel\nfarm has cows\t1\ntom buys apples\t0\n")
    files = [f"--{name}={tmp_path / f'{name}.tsv'}" for name in ("train", "test")]
    usual = ["robtest", "study", *files, "--out", str(tmp_path / "out"), "--model"]
    done = CliRunner().invoke(app, [*usual, str(encoder)])
    assert done.exit_code == 2 and "no trained classification head" in done.output
    done = CliRunner().invoke(app, [*usual, str(encoder), "--held-out", "typo"])
    assert done.exit_code == 2 and "both trained on and held out" in done.output
