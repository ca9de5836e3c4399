"""The study of not knowing end to end, at a size that shows nothing but that it runs, stops, goes on, and keeps its sides apart."""

from __future__ import annotations

import json
import re
from math import exp
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from windward.evals.folder import FolderError
from windward.evals.unknown.confidence.scales import (
    LOG_PROBABILITY,
    NEGATIVE_PERPLEXITY,
    PROBABILITY,
    Confidence,
)
from windward.evals.unknown.generators.lists import Category
from windward.evals.unknown.records import Answered, Question, question_key, questions
from windward.recipes.errors import RecipeError
from windward.recipes.unknown import study
from windward.recipes.unknown.arms import (
    ALWAYS,
    BASE,
    ODD,
    PREFERENCE,
    REFUSAL,
    SUPERVISED,
    always_refuses,
    odd_threshold,
    refuses_odd,
    trained,
)
from windward.recipes.unknown.asked_questions import names_in, study_questions
from windward.recipes.unknown.config import UnknownStudyConfig
from windward.recipes.unknown.figures import study_results
from windward.recipes.unknown.replies import ANSWER_PROBABILITY, read_replies, write_replies
from windward.rows import Result, read_results, select
from windward.training import never_score

TINY = UnknownStudyConfig(
    refunq_pairs=4, concepts=3, held_out=4, held_out_answers=6, max_tokens=3, epochs=1, batch=4, max_steps=2
)
ANIMALS = Category("animals", ("Badger", "Heron", "Otter", "Walrus", "Magpie", "Lizard"), ("Where does the {name} live?", "What does the {name} eat?"))  # fmt: skip
ODD_WORDS = ("Blivet", "Crundle", "Dwimmet", "Frobbin", "Gronkle", "Hixworth", "Jabbern", "Klomper")


def released() -> list[Question]:
    """Small sets in the style of the three: RefuNQ has eight pseudo-words in two questions each, two of which NEC has as well."""
    said = ("song", "river", "film", "book", "team", "castle", "island", "bridge")
    pairs = [
        (f"who made the first {{}} of {place} in year {number}", word, odd)
        for number, (word, odd) in enumerate(zip(said, ODD_WORDS, strict=True))
        for place in ("rome", "oslo")
    ]
    real = [(frame.format(word), (f"Answer {word}",), "") for frame, word, _ in pairs]
    fake: list[tuple[str, tuple[str, ...], str]] = [(frame.format(odd), (), "") for frame, _, odd in pairs]
    things = [(f"What is a {name} used for?", (), "generic") for name in ("Hammer", "Badger", "Kettle", "Violin", "Ladder")]  # fmt: skip
    nothings = [(f"What is a {name} used for?", (), "generic") for name in ("Zamboil", *ODD_WORDS[:2], "Quopple", "Yantrix")]  # fmt: skip
    true = [(f"Which bird number {number} can fly?", (), "") for number in range(5)]
    false = [(f"Which fish number {number} can fly?", (), "") for number in range(5)]
    return [
        *questions("RefuNQ", "answerable", real),
        *questions("RefuNQ", "unanswerable", fake),
        *questions("NEC", "answerable", things),
        *questions("NEC", "unanswerable", nothings),
        *questions("FalseQA", "answerable", true),
        *questions("FalseQA", "unanswerable", false),
    ]


def quiet(line: str) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> tuple[Path, list[str]]:
    out = tmp_path_factory.mktemp("unknown") / "study"
    said: list[str] = []
    study.run_unknown_study(out, released(), [ANIMALS], tiny_checkpoint, TINY, tell=said.append)
    return out, said


def test_all_arms_answer_the_same_held_out_questions(finished: tuple[Path, list[str]]) -> None:
    out, said = finished
    asked = {arm: [one.question.id for one in read_replies(out / "answers" / f"{arm}.jsonl")] for arm in (BASE, SUPERVISED, PREFERENCE)}  # fmt: skip
    assert asked[BASE] == asked[SUPERVISED] == asked[PREFERENCE]
    results = read_results(out / "results.parquet")
    rates = select(results, metric="refusal_rate", condition={"of": "all replies"})
    assert {one.condition["arm"] for one in rates} == {BASE, SUPERVISED, PREFERENCE, ALWAYS, ODD}
    assert {one.condition["detector"] for one in rates} >= {"lexical", "lexical-paper"}
    assert (out / "study.md").read_text() in said[-1]
    for arm in (SUPERVISED, PREFERENCE):
        assert len(json.loads((out / "training" / f"{arm}.json").read_text())["losses"]) == 2
    assert not (out / "checkpoints").exists()


def test_no_held_out_question_or_word_is_in_the_rows_that_are_learnt(
    finished: tuple[Path, list[str]],
) -> None:
    out, _ = finished
    held_out = [one.question for one in read_replies(out / "answers" / f"{BASE}.jsonl")]
    learnt: set[str] = set()
    for name in ("sft", "preference"):
        rows = pq.read_table(out / "rows" / f"{name}.parquet").to_pylist()
        learnt |= {row["messages" if name == "sft" else "prompt"][1]["content"] for row in rows}
    assert learnt and not {question_key(text) for text in learnt} & {
        question_key(one.text) for one in held_out
    }
    pseudo = {word for word in ODD_WORDS if any(word in one.text for one in held_out)}
    assert pseudo and not any(word in text for word in pseudo for text in learnt)
    assert not any("What is a" in text or "can fly" in text for text in learnt)


def test_both_sides_share_no_name_and_no_edit_of_a_question() -> None:
    asked = study_questions(released(), [ANIMALS], TINY)
    assert {one.dataset for one in asked.train} == {"RefuNQ", "invented-concepts"}
    assert not [one for one in asked.held_out if names_in(one.text, asked.names)]
    frames = [re.sub(r"first \w+", "first", one.text) for one in asked.train]
    assert not [one for one in asked.held_out if re.sub(r"first \w+", "first", one.text) in frames]
    assert asked.shared >= 2 * TINY.refunq_pairs
    assert study_questions(released(), [ANIMALS], TINY) == asked


def test_a_name_is_found_as_a_whole_word_alone_in_the_plural_or_possessive() -> None:
    assert names_in("What do Otters eat?", ["otter"]) == ["otter"]
    assert names_in("the Sea Otter's den", ["sea otter"]) == ["sea otter"]
    assert names_in("What is a scotter?", ["otter"]) == []


def test_what_is_done_is_not_done_again(
    finished: tuple[Path, list[str]], tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = finished
    before = (out / "results.parquet").read_bytes()

    def refuse(*args: object) -> Path:
        raise AssertionError("trained again")

    monkeypatch.setattr(study, "trained", refuse)
    study.run_unknown_study(out, released(), [ANIMALS], tiny_checkpoint, TINY, tell=quiet)
    assert (out / "results.parquet").read_bytes() == before


def test_a_study_that_was_cut_off_goes_on_to_the_same_answers(
    finished: tuple[Path, list[str]], tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = finished
    out = tmp_path / "study"
    begun: list[str] = []

    def once(arm: str, *rest: object) -> Path:
        if begun:
            raise KeyboardInterrupt
        begun.append(arm)
        return trained(arm, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(study, "trained", once)
    with pytest.raises(KeyboardInterrupt):
        study.run_unknown_study(out, released(), [ANIMALS], tiny_checkpoint, TINY, tell=quiet)
    seen = never_score(out / "checkpoints" / SUPERVISED)
    assert "refunq" in seen and seen <= {"refunq", "invented-concepts"}
    monkeypatch.setattr(study, "trained", trained)
    study.run_unknown_study(out, released(), [ANIMALS], tiny_checkpoint, TINY, tell=quiet)
    for arm in (BASE, SUPERVISED, PREFERENCE):
        name = f"answers/{arm}.jsonl"
        again, before = read_replies(out / name), read_replies(whole / name)
        assert [(one.question, one.response) for one in again] == [
            (one.question, one.response) for one in before
        ]
        # What is decoded together differs from run to run, and with it the last digits.
        likely = [[one.confidences[ANSWER_PROBABILITY].value for one in found] for found in (again, before)]
        assert likely[0] == pytest.approx(likely[1], abs=1e-4)


def test_another_study_is_not_mixed_in(finished: tuple[Path, list[str]], tiny_checkpoint: Path) -> None:
    out, _ = finished
    with pytest.raises(FolderError, match="another run"):
        study.run_unknown_study(out, released(), [ANIMALS], tiny_checkpoint, UnknownStudyConfig(refunq_pairs=3, concepts=3), tell=quiet)  # fmt: skip


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(RecipeError, match="RefuNQ has 8 pairs"):
        study_questions(released(), [ANIMALS], UnknownStudyConfig(refunq_pairs=9, concepts=3))


@pytest.mark.parametrize("wrong", [{"refunq_pairs": 0}, {"held_out": 0}, {"epochs": 0}])
def test_settings_that_measure_nothing_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        UnknownStudyConfig(**wrong)


def replied(asked: Question, response: str, likely: float, perplexity: float | None = None) -> Answered:
    """A reply with its confidences."""
    confidences = {
        "sequence-log-probability": Confidence(likely, LOG_PROBABILITY),
        ANSWER_PROBABILITY: Confidence(exp(likely), PROBABILITY),
    }
    if perplexity is not None:
        confidences["question-perplexity"] = Confidence(-perplexity, NEGATIVE_PERPLEXITY)
    return Answered(asked, response, confidences)


def planted() -> dict[str, list[Answered]]:
    """Four questions with an answer, of which the base model knows two, and four without; the second arm refuses by half."""
    real = questions("RefuNQ", "answerable", [(f"who is king {number}", (f"Karl {number}",), "") for number in range(4)])  # fmt: skip
    fake = questions("RefuNQ", "unanswerable", [(f"who is Kirb {number}", (), "") for number in range(4)])
    base = [replied(asked, f"It is Karl {number % 2}.", -1.0, 9.0) for number, asked in enumerate(real)]
    base += [replied(asked, "It is Karl.", -1.0, 90.0) for asked in fake]
    after = [
        replied(before.question, REFUSAL if number in (0, 2, 4, 5, 6) else before.response or "", -0.1)
        for number, before in enumerate(base)
    ]
    return {BASE: base, SUPERVISED: after, ODD: refuses_odd(base, odd_threshold(base)), ALWAYS: always_refuses(base)}  # fmt: skip


def one(results: list[Result], metric: str, split: str, **condition: object) -> Result:
    (found,) = select(results, metric=metric, split=split, condition=condition)
    return found


def test_planted_replies_give_the_figures_counted_by_hand() -> None:
    results = study_results(planted(), seed=0)
    told = {"detector": "lexical", "of": "all replies"}
    assert one(results, "refusal_rate", "answerable", arm=SUPERVISED, **told).value == 0.5
    assert one(results, "refusal_rate", "unanswerable", arm=SUPERVISED, **told).value == 0.75
    # The base model knew 0 and 1, of which the tuned one refuses 0; it had answered all four, of which 0 and 2 are refused.
    over = {"detector": "lexical", "arm": SUPERVISED}
    assert one(results, "over_refusal_rate", "answerable", of="right", **over).value == 0.5
    assert one(results, "over_refusal_rate", "answerable", of="answered", **over).n == 4
    change = one(
        results, "refusal_rate_change", "unanswerable", arm=SUPERVISED, against=BASE, detector="lexical"
    )
    assert (change.value, change.condition["gained"], change.condition["lost"]) == (0.75, 3, 0)
    assert one(results, "accuracy_change", "answerable", arm=SUPERVISED, against=BASE).value == -0.25


def test_the_trivial_solution_is_seen_to_be_trivial() -> None:
    results = study_results(planted(), seed=0)
    told = {"arm": ALWAYS, "detector": "lexical"}
    assert one(results, "over_refusal_rate", "answerable", of="right", **told).value == 1
    assert one(results, "refusal_difference", "both", of="all replies", **told).value == 0
    odd = one(results, "refusal_difference", "both", of="all replies", arm=ODD, detector="lexical")
    assert odd.value == 1


def test_the_threshold_parts_the_halves_as_well_as_one_can() -> None:
    real = questions("NEC", "answerable", [(f"what is {number}", (), "") for number in range(3)])
    fake = questions("NEC", "unanswerable", [(f"what is not {number}", (), "") for number in range(3)])
    asked = zip((*real, *fake), (1.0, 2.0, 8.0, 5.0, 6.0, 7.0), strict=True)
    assert odd_threshold([replied(question, "", -1.0, value) for question, value in asked]) == 2


def test_replies_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    base = planted()[BASE]
    write_replies(tmp_path / "replies.jsonl", base)
    assert read_replies(tmp_path / "replies.jsonl") == base


def test_confidence_is_told_of_all_replies_and_of_those_that_do_not_refuse() -> None:
    results = study_results(planted(), seed=0)
    told = {"arm": SUPERVISED, "method": ANSWER_PROBABILITY, "rule": "aliases", "target": "correct"}
    # Of the four replies of the tuned arm one is right and two refuse; a refusal is never right.
    every = one(results, "ece", "answerable", of="all replies", bins=10, **told)
    given = one(results, "ece", "answerable", of="replies that do not refuse", bins=10, **told)
    assert (every.n, given.n) == (4, 2)
    assert every.value == pytest.approx(exp(-0.1) - 0.25) and given.value == pytest.approx(exp(-0.1) - 0.5)
    assert not [row for row in results if row.model == ALWAYS and "method" in row.condition]
