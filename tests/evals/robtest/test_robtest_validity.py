"""Validity of samples: what can be read, what is kept, what is alike, and accuracy over valid samples, by hand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.evals.robtest.dimension import RobTestError, perturb_sentence
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import Edit, Perturbed, applied
from windward.evals.robtest.rule_based import Cell
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.validity import (
    Instruments,
    Measured,
    Validity,
    ValidityConfig,
    clustered,
    valid,
    validity_results,
)
from windward.evals.robtest.validity_forms import changed, legible, skeleton
from windward.evals.robtest.validity_instruments import kinship
from windward.evals.robtest.validity_measures import edit_distances, fluencies, similarities, words_kept
from windward.evals.robtest.validity_store import MEASURES
from windward.rows import select


class Bags:
    """An encoder: words as directions, so that cosines can be worked out; counts what it is given."""

    name = "bags"

    def __init__(self) -> None:
        self.given: list[str] = []
        self._known: dict[str, int] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.given += texts
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[self._known.setdefault(word, len(self._known))] = 1
            row /= np.linalg.norm(row)
        return rows


def _edited(text: str, *edits: tuple[int, int, str]) -> Perturbed:
    made = tuple(Edit(*edit) for edit in edits)
    return Perturbed(applied(text, made), made, 0.1)


def _legible(text: str, *edits: tuple[int, int, str]) -> float:
    (found,) = legible([_edited(text, *edits)], [read_sentence(text)])
    return float(found)


def test_what_looks_alike_has_one_skeleton() -> None:
    assert skeleton("film") == skeleton("fі1m") == skeleton("fílm") == skeleton("FILM")
    assert skeleton("modern") == skeleton("rnodem") == skeleton("mоclern")
    assert skeleton("film") != skeleton("firm")


def test_a_word_with_one_typo_can_be_read_and_a_scrambled_one_cannot() -> None:
    assert _legible("a charming film", (2, 10, "chamring")) == 1.0
    assert _legible("a charming film", (2, 10, "chxrmig")) == 1.0
    assert _legible("a charming film", (2, 10, "xhzrqjng")) == pytest.approx(2 / 3)


def test_a_word_that_became_another_one_cannot_be_read_unless_they_sound_the_same() -> None:
    assert _legible("good", (0, 1, "f")) == 0.0
    assert _legible("knight", (0, 1, "")) == 1.0
    assert _legible("good", (1, 2, "ò")) == 1.0


def test_a_spelling_by_sound_can_be_read_by_its_consonants() -> None:
    sample, sentence = _edited("a comedy", (2, 8, "kommiddi")), read_sentence("a comedy")
    assert legible([sample], [sentence]).tolist() == [0.5]
    assert legible([sample], [sentence], by_sound=True).tolist() == [1.0]
    scrambled = _edited("a comedy", (2, 8, "ckzrtb"))
    assert legible([scrambled], [sentence], by_sound=True).tolist() == [0.5]


def test_runs_of_changed_words_are_found_where_edits_touch_them() -> None:
    text = "one two three four"
    sentence = read_sentence(text)
    assert changed(_edited(text, (4, 5, "T"), (6, 7, "00"), (14, 18, "4")), sentence) == [
        (1, "two", "Tw00"),
        (1, "four", "4"),
    ]
    assert changed(_edited(text, (0, 7, "three"), (7, 7, "x")), sentence) == [(2, "one two", "threex")]
    assert changed(_edited("a  b", (2, 2, "x")), read_sentence("a  b")) == []


@pytest.mark.parametrize("name", ["typo", "glyph"])
def test_every_changed_word_of_a_sample_is_seen(name: str) -> None:
    text = "One long string of cliches, told at length by people who like them a lot."
    sentence = read_sentence(text)
    for mode in DIMENSIONS[name]().modes:
        for sample in perturb_sentence(DIMENSIONS[name](), sentence, 0.4, n=200, mode=mode).samples:
            runs = changed(sample, sentence)
            assert sum(words for words, *_ in runs) <= len(sentence.spans)
            restored = sample.text
            for _, old, new in runs:
                assert new in restored
                restored = restored.replace(new, old, 1)
            assert all(old != new for _, old, new in runs)


def test_distance_is_edits_a_character_of_the_original() -> None:
    assert edit_distances(["abcd", "", "abcd"], ["abxd", "ab", "abcd"]).tolist() == [0.25, 2.0, 0.0]
    assert edit_distances([], []).tolist() == []


def test_words_are_kept_in_their_order_and_whatever_their_case() -> None:
    found = words_kept(
        ["a good film", "a good film", "", "a good film"], ["A good, long FILM", "film a good", "x", ""]
    )
    assert found.tolist() == [1.0, pytest.approx(2 / 3), 1.0, 0.0]


def test_similarity_is_the_cosine_and_no_text_is_encoded_twice() -> None:
    encoder = Bags()
    known: dict[str, NDArray[np.float32]] = {}
    found = similarities(encoder, ["a b", "a b", "a b"], ["a b", "a c", "d e"], known)
    assert found.tolist() == pytest.approx([1.0, 0.5, 0.0])
    assert len(encoder.given) == 3
    assert similarities(encoder, ["a b"], ["a b"], known).tolist() == pytest.approx([1.0])
    assert len(encoder.given) == 3 and set(known) == {"a b"}, "an original is known in the next cell"


def test_fluency_is_the_change_in_log_probability_a_token() -> None:
    class Reader:
        name = "reader"

        async def text_log_probabilities(self, text: str) -> tuple[float, ...]:
            return tuple(-float(len(word)) for word in text.split())[1:]

    found = fluencies(Reader(), ["a bb", "a bb", "a"], ["a bbb cccc", "a bb", "a bb"])
    assert found[:2].tolist() == [-1.5, 0.0]
    assert isnan(found[2])


def test_the_error_of_a_mean_is_over_texts_as_samples_of_one_are_alike() -> None:
    values = np.array([1.0, 1.0, 0.0, 0.0])
    alone = clustered(values, np.array([0, 1, 2, 3]))
    paired = clustered(values, np.array([0, 0, 1, 1]))
    assert alone is not None
    assert alone[1] == pytest.approx(values.std(ddof=1) / 2)
    assert paired is not None
    assert paired[1] == pytest.approx(0.5)
    assert (alone[0], alone[2]) == (paired[0], paired[2]) == (0.5, 4)
    assert clustered(np.array([np.nan]), np.array([0])) is None
    assert clustered(np.array([1.0, np.nan]), np.array([0, 1])) == (1.0, None, 1)


def _values(n: int, **given: Sequence[float]) -> Mapping[str, NDArray[np.float64]]:
    return {name: np.array(given.get(name, [np.nan] * n), dtype=np.float64) for name in MEASURES}


def _cell(dimension: str, degree: float, owners: list[int], right: list[bool]) -> Cell:
    rows = np.array([[0.0, 1.0] if one else [1.0, 0.0] for one in right])
    edits = (Edit(0, 1, "x"),) if degree else ()
    samples = tuple(Perturbed(f"{degree} {number}", edits, degree) for number in range(len(owners)))
    return Cell(dimension, "general", degree, 2, np.array(owners), samples, rows)


def test_forms_must_be_legible_and_meanings_similar_with_their_words_kept() -> None:
    owners, right = [0, 0, 0], [True] * 3
    form = valid(
        _cell("typo", 0.1, owners, right),
        _values(3, legible=[1.0, 0.9, 0.8], similarity=[0.0, 0.0, 1.0]),
        ValidityConfig(),
    )
    assert form.tolist() == [1.0, 1.0, 0.0]
    meaning = valid(
        _cell("synonym", 0.1, owners, right),
        _values(3, words_kept=[0.9, 0.3, 0.9], similarity=[0.8, 0.9, np.nan]),
        ValidityConfig(),
    )
    assert meaning[:2].tolist() == [1.0, 0.0]
    assert isnan(meaning[2])


def test_an_addition_is_valid_where_the_text_stands_there_whole_however_far_the_encoder_sees_it() -> None:
    found = valid(
        _cell("distraction", 0.6, [0, 0], [True] * 2),
        _values(2, words_kept=[1.0, 0.9], similarity=[0.1, 0.99]),
        ValidityConfig(),
    )
    assert found.tolist() == [1.0, 0.0]


def _curve(similar: Sequence[float]) -> list[Measured]:
    config = ValidityConfig()
    found = []
    for degree, right in ((0.0, [True, True]), (0.1, [True, False, False, True])):
        owners = [0, 1] if degree == 0 else [0, 0, 1, 1]
        cell = _cell("synonym", degree, owners, right)
        values = _values(len(owners), words_kept=[1.0] * len(owners), similarity=similar[: len(owners)])
        found.append(Measured(cell, values, valid(cell, values, config)))
    return found


def test_accuracy_over_valid_samples_leaves_the_others_out() -> None:
    validity = Validity(ValidityConfig(everything=True), Instruments(Bags()))
    found = validity_results(
        _curve([0.9, 0.1, 0.9, 0.9]), np.array([1, 1]), ("no", "yes"), validity, model="m", dataset="d"
    )
    (rate,) = select(found, metric="validity_rate")
    assert (rate.value, rate.n, rate.condition["degree"]) == (0.75, 4, 0.1)

    def accuracy(samples: str, case: str) -> float:
        condition = {"samples": samples, "case": case, "degree": 0.1}
        (one,) = select(found, metric="accuracy", split="all", condition=condition)
        return one.value

    assert (accuracy("measured", "average"), accuracy("measured", "worst")) == (0.5, 0.0)
    assert (accuracy("valid", "average"), accuracy("valid", "worst")) == (0.75, 0.5)


def test_without_an_encoder_no_change_of_meaning_is_called_valid_or_not() -> None:
    validity = Validity(ValidityConfig(), Instruments())
    found = validity_results(
        _curve([np.nan] * 4), np.array([1, 1]), ("no", "yes"), validity, model="m", dataset="d"
    )
    assert {row.metric for row in found} == {"words_kept"}


TEXTS = [read_sentence(f"the {word} film was made") for word in ("good", "bad", "long", "short", "odd")]


def _drawn() -> Cell:
    owners = [text for text in range(5) for _ in range(2)]
    samples = tuple(_edited(TEXTS[text].text, (4, 5, letter)) for text in range(5) for letter in ("x", "y"))
    return Cell("synonym", "general", 0.2, 2, np.array(owners), samples, np.full((10, 2), 0.5))


def test_similarity_is_measured_of_whole_texts_that_are_drawn_and_only_once(tmp_path: Path) -> None:
    encoder = Bags()
    validity = Validity(ValidityConfig(samples=4, similarity=0.7), Instruments(encoder))
    found = validity.measured(_drawn(), TEXTS, tmp_path)
    there = ~np.isnan(found.values["similarity"])
    assert there.sum() == 4
    assert np.unique(found.cell.owners[there]).tolist() == validity.known("synonym", 5, 2).tolist()
    asked = len(encoder.given)
    stricter = replace(validity, config=replace(validity.config, similarity=0.99))
    again = stricter.measured(_drawn(), TEXTS, tmp_path)
    assert len(encoder.given) == asked
    assert found.valid[there].all()
    assert not again.valid[there].any()
    more = replace(validity, config=replace(validity.config, everything=True))
    assert not np.isnan(more.measured(_drawn(), TEXTS, tmp_path).values["similarity"]).any()


def test_what_is_looked_at_is_changed_and_of_many_texts() -> None:
    validity = Validity(ValidityConfig(), Instruments())
    owners = validity.first(_drawn(), 5, 5)
    assert sorted(owners // 2) == [0, 1, 2, 3, 4]
    same = replace(_drawn(), samples=(Perturbed("as it was", (), 0.0),) * 10)
    assert len(validity.first(same, 5, 5)) == 0


def _checkpoint(folder: Path, said: str, **record: object) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(said)
    if record:
        (folder / "training.json").write_text(json.dumps(record))
    return folder


def test_the_victim_itself_judges_no_similarity_and_its_parent_is_named(tmp_path: Path) -> None:
    encoder = _checkpoint(tmp_path / "encoder", "{}")
    copy = _checkpoint(tmp_path / "copy", "{}")
    child = _checkpoint(tmp_path / "child", "[1]", identity={"model": str(encoder)})
    other = _checkpoint(tmp_path / "other", "[2]", identity={"model": "elsewhere/model"})
    for same in (encoder, copy):
        with pytest.raises(RobTestError, match="under test"):
            kinship(encoder, same)
    assert "fine-tuned from this very encoder" in kinship(encoder, child)
    assert kinship(encoder, other) == ""
