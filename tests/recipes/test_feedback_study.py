"""The study from instructions to best of n on a tiny model, killed and gone on with; its figures on made-up feedback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from windward.evals.folder import FolderError
from windward.feedback.files import read_records
from windward.feedback.records import Completion, Rating, Record
from windward.models import Message, Reply, Sampling
from windward.recipes.errors import RecipeError
from windward.recipes.feedback_study import learnt as learning
from windward.recipes.feedback_study.begun import read_number
from windward.recipes.feedback_study.config import StudyConfig
from windward.recipes.feedback_study.figures import (
    best_of_results,
    judge_results,
    pair_results,
    resampled,
)
from windward.recipes.feedback_study.learnt import Scored, labelled, learn
from windward.recipes.feedback_study.study import run_feedback_study
from windward.rows import Result, read_results, select
from windward.training import RewardConfig

COMMA = {"kind": "instruction", "instruction_id": "punctuation:no_comma", "kwargs": {}}


def silent(line: str) -> None:
    del line


class Speaker:
    """Says one of a few things, by what it is asked and the draw; as a judge it says numbers where they are begun for it."""

    name = "speaker"
    calls = 0

    async def generate(self, messages: Sequence[Message], sampling: Sampling, *, sample: int = 0) -> Reply:
        self.calls += 1
        said = Random(f"{messages}/{sampling}/{sample}").choice(SAID)
        if messages[-1]["role"] == "assistant":
            said = Random(f"{messages}/{sample}").choice((" 1", "\n3", " 5", " 10", " High"))
        elif messages[0]["content"].startswith("You judge"):
            said = "I like them all."
        return Reply(said, model="speaker")


SAID = (
    "Well, it is good.", "Once it was cold and warm, in short.", "* one\n* two", "The answer is 12.",
    "To be honest, the moon and the sea are far away, and so are the mountains, the rivers, the trains and all the rest of it.",
)  # fmt: skip


def small(backbone: Path, instructions: int = 18) -> StudyConfig:
    return StudyConfig(
        instructions=instructions,
        best_of=4,
        judged=6,
        judged_freely=2,
        backbone=str(backbone),
        epochs=1,
        seeds=1,
    )


@pytest.fixture(scope="module")
def studied(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    out, told = tmp_path_factory.mktemp("study") / "out", list[str]()
    run_feedback_study(Speaker(), out, small(tiny_checkpoint), tell=told.append)
    return out, told


def test_the_study_goes_from_instructions_to_best_of_n(studied: tuple[Path, list[str]]) -> None:
    out, told = studied
    records, results = list(read_records(out / "records.parquet")), read_results(out / "results.parquet")
    assert len(records) == 18 and all(len(record.completions) == 4 for record in records)
    assert all(one.rating("instruction_following", "verifier") is not None for record in records
               for one in record.completions if not one.absent)  # fmt: skip
    assert {one.condition["by"] for one in select(results, metric="best_of_worth")} == {
        "random choice", "checks", "verified", "verified, no margin", "random", "model"
    }  # fmt: skip
    assert {one.condition["n"] for one in select(results, metric="best_of_gain")} == {1, 2, 4}
    for row in select(results, system="feedback", dataset="feedback-study"):
        low, high = row.condition.get("low", row.value), row.condition.get("high", row.value)
        assert low - 1e-9 <= row.value <= high + 1e-9, row
    assert any("pair accuracy" in line for line in told)
    assert (out / "reward" / "verified-0" / "config.json").is_file()
    assert not (out / "reward" / "random-0").exists()


def test_a_judge_that_cannot_be_read_is_counted_and_never_filled_in(
    studied: tuple[Path, list[str]],
) -> None:
    results = read_results(studied[0] / "results.parquet")
    freely, begun = (
        next(one for one in select(results, metric="unread_rate", condition={"judge": judge}))
        for judge in ("speaker", "speaker, begun")
    )
    assert (freely.value, freely.n) == (1.0, 8)
    assert 0 < begun.value < 0.5 and begun.n == 6 * 4 * 4


@pytest.mark.parametrize(
    ("reply", "value"), [(" 3", 3), ("\n1\n", 1), ("5.", 5), (" 10", None), ("4.5", None), ("6", None), (" High", None), ("", None)]
)  # fmt: skip
def test_a_begun_rating_is_the_number_that_comes_first(reply: str, value: float | None) -> None:
    assert read_number(reply) == value


def test_a_second_call_asks_and_trains_nothing_and_finds_the_same_figures(
    studied: tuple[Path, list[str]], tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, model = studied[0], Speaker()
    before = read_results(out / "results.parquet")
    monkeypatch.setattr("windward.training.train_reward", lambda *_: pytest.fail("trained again"))
    (out / "results.parquet").unlink()
    run_feedback_study(model, out, small(tiny_checkpoint), tell=silent)
    assert repr(read_results(out / "results.parquet")) == repr(
        before
    )  # a mean of nothing is no number, and no number equals itself
    assert model.calls == 0
    with pytest.raises(FolderError, match="instructions"):
        run_feedback_study(model, out, small(tiny_checkpoint, instructions=21), tell=silent)


# ---- figures, on feedback that is made up


def rated(value: float, kind: str = "verifier") -> tuple[Rating, ...]:
    return (Rating("instruction_following", value, kind=kind, judge=kind),)  # type: ignore[arg-type]


def made(count: int, better: float = 5.0) -> list[Record]:
    """Instructions with a long good answer and a short bad one, or the other way round, by turns."""
    found = []
    for number in range(count):
        long, short = ("a word " * 5, better), ("a word", 1.0)
        if number % 4 == 0:
            long, short = (long[0], 1.0), (short[0], better)
        completions = [Completion(text[:1], text, ratings=rated(value)) for text, value in (long, short)]
        found.append(Record(f"r{number}", "made", f"Do {number}.", tuple(completions), checks=(COMMA,)))
    return found


def scored(records: list[Record], arm: str = "verified", seed: int = 0, right: bool = True) -> Scored:
    """A reward model that gives each completion its rating, or the opposite."""
    sign = 1.0 if right else -1.0
    pool = {
        one.id: [sign * (answer.rating("instruction_following") or 0) for answer in one.completions]
        for one in records
    }
    return Scored(arm, seed, 10, 1.0, pool, pool)


def one_of(results: list[Result], **condition: object) -> Result:
    found = [
        one
        for one in select(results, metric="pair_accuracy", condition=condition)
        if "source" not in one.condition
    ]
    assert len(found) == 1, found
    return found[0]


def test_pair_accuracy_and_its_baselines_by_hand() -> None:
    records = made(40)
    results = pair_results([scored(records)], records, "m", 0)
    assert one_of(results, arm="verified", seed=0).value == 1.0
    assert one_of(results, arm="verified", seed=0).n == 40
    assert one_of(results, baseline="longer").value == 0.75
    assert one_of(results, baseline="shorter").value == 0.25
    assert one_of(results, baseline="longer").condition["wilson_low"] == pytest.approx(0.5981, abs=1e-4)
    wrong = pair_results([scored(records, right=False)], records, "m", 0)
    assert one_of(wrong, arm="verified", seed=0).value == 0.0


def test_against_a_coins_labels_even_the_true_order_is_right_half_the_time() -> None:
    records = made(600)
    results = pair_results([scored(records, "random", seed) for seed in range(3)], records, "m", 0)
    row = one_of(results, arm="random", labels="coin", seeds=3)
    assert row.n == 1800 and row.condition["low"] < 0.5 < row.condition["high"]
    assert row.condition["high"] - row.condition["low"] < 0.06
    assert one_of(results, arm="random", labels="verified", seeds=3).value == 1.0


def test_a_coin_turns_half_of_the_pairs_and_the_same_half_for_a_seed() -> None:
    records = made(400)
    true, coin = labelled(records, "verified"), labelled(records, "coin", 1)
    turned = sum(a.chosen == b.rejected for a, b in zip(true, coin, strict=True))
    assert 160 < turned < 240
    assert labelled(records, "coin", 1) == coin and labelled(records, "coin", 2) != coin


def test_best_of_n_by_the_checks_is_a_ceiling_and_a_lot_gains_nothing() -> None:
    texts = ["good words", "bad, words", "bad, too", "fine words"]
    many = [
        Record(f"r{n}", "s", "Say.", tuple(Completion("m", text) for text in texts), checks=(COMMA,))
        for n in range(6)
    ]
    by_reward = {one.id: [1.0, 0.0, 0.0, 2.0] for one in many}
    backwards = {one.id: [0.0, 1.0, 2.0, 0.0] for one in many}
    runs = [Scored("verified", 0, 1, 1.0, {}, by_reward), Scored("model", 0, 1, 1.0, {}, backwards)]
    results = best_of_results(runs, many, "m", 0)

    def worth_of(n: int, by: str) -> float:
        (row,) = select(results, metric="best_of_worth", condition={"n": n, "by": by})
        return row.value

    assert [worth_of(n, "random choice") for n in (1, 2, 4)] == [0.5, 0.5, 0.5]
    # Of two answers, at least one is good in 5 of 6 draws.
    assert [worth_of(n, "checks") for n in (1, 2, 4)] == pytest.approx([0.5, 5 / 6, 1])
    assert [worth_of(n, "verified") for n in (1, 2, 4)] == pytest.approx([0.5, 5 / 6, 1])
    assert worth_of(4, "model") == 0
    (gain,) = select(results, metric="best_of_gain", condition={"n": 4, "by": "verified"})
    assert gain.value == 0.5 and gain.stderr == 0
    assert [one.value for one in select(results, metric="best_of_kl")][1] == pytest.approx(0.1931, abs=1e-4)


def test_a_judges_ties_count_half_and_what_it_leaves_unread_is_counted() -> None:
    def both(first: float | None, second: float | None) -> Record:
        answers = []
        for text, true, said in (("a", 5.0, first), ("b", 1.0, second)):
            mine = Rating("instruction_following", said, "" if said else "unread: x", judge="m")
            answers.append(Completion("m", text, ratings=(*rated(true), mine)))
        return Record("r", "s", "Say.", tuple(answers))

    records = [both(4, 2), both(3, 3), both(1, 2), both(None, 2)]
    (row,) = judge_results(records, "m", 0)
    assert (row.value, row.n, row.unparsed) == (0.5, 4, 1)
    assert judge_results([both(None, None)], "m", 0) == []


def test_resampling_takes_what_belongs_together_as_one_draw() -> None:
    alone = resampled([[0.0], [1.0]] * 50, 0)
    together = resampled([[0.0] * 10, [1.0] * 10] * 5, 0)
    assert alone[0] == together[0] == 0.5
    assert together[1] > 2 * alone[1]
    assert resampled([[1.0], []], 0) == (1.0, 0.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="no value"):
        resampled([[]], 0)


def test_too_few_pairs_to_learn_from_is_an_error(tmp_path: Path) -> None:
    records = made(4)
    assert learning.LEAST_PAIRS > 4
    with pytest.raises(RecipeError, match="only 4 pairs"):
        learn(records, records, records, tmp_path, StudyConfig(), silent)


def test_a_reward_model_of_true_labels_learns_and_one_of_a_coins_does_not(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digits are better than letters; instructions held out are of the same kind."""
    lot = Random(0)
    texts = [
        ("3 4 7 " + str(lot.randrange(10)), "add def return " + str(lot.randrange(10))) for _ in range(60)
    ]
    records = [
        Record(
            f"r{n}",
            "made",
            f"Tom has {n}.",
            tuple(Completion(t[:1], t, ratings=rated(v)) for t, v in zip(two, (5.0, 1.0), strict=True)),
            checks=(COMMA,),
        )
        for n, two in enumerate(texts)
    ]
    monkeypatch.setattr(learning, "_settings", lambda *_: RewardConfig(learning_rate=1e-2, epochs=3))
    config = StudyConfig(backbone=str(tiny_checkpoint), seeds=1)
    found = learn(records[:40], records[40:], records[40:], tmp_path, config, silent)
    results = pair_results(found, records[40:], "m", 0)
    assert one_of(results, arm="verified", seed=0).value > 0.9
    coin = one_of(results, arm="random", labels="coin", seeds=1)
    assert coin.condition["low"] <= 0.5 <= coin.condition["high"]
