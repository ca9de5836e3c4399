"""Entities, inference and questions from files in the sets' own formats to result rows, with models that do learn."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tiny_task_models import write_bert, write_t5
from windward.evals.shift.declared import TASKS
from windward.evals.shift.loading import load
from windward.evals.shift.masks import columns, probabilities_on
from windward.evals.shift.points import points
from windward.evals.shift.task import Example, ShiftError, Task
from windward.evals.shift.trained import (
    TrainedModel,
    measure_sets,
    measure_trained,
    open_trained,
    predictions_of,
    train_on,
)
from windward.rows import Result
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged
from windward.training.answerer import Answerer
from windward.training.fine_tuning import FineTuning
from windward.training.seq2seq import Seq2Seq
from windward.training.tagger import Tagger, Tagging, read_off, tagger, train_tagger

FORMS = Path(__file__).parent / "data_formats"
ENTITIES, INFERENCE, QUESTIONS = (TASKS[name] for name in ("entities", "inference", "questions"))
PEOPLE, HOUSES = ["Ada", "Tom Moe", "Kari", "Ida", "Bo Lund"], ["Old Mill", "Tower", "Red Barn", "Gate"]
THINGS = ["dog", "cat", "cow", "hen", "fox", "owl", "bee"]
PLACES = ["Dover", "Oslo", "Rome", "Kiel"]


def _tests(task: Task) -> dict[str, Sequence[Example]]:
    return {one.name: load(one, "test", local=_local(one.name)).examples for one in task.datasets}


def _local(name: str) -> Path:
    """Sets that are one file are given as that."""
    files = [path for path in (FORMS / name).rglob("*") if path.is_file()]
    return files[0] if len(files) == 1 else FORMS / name


def _words(texts: Sequence[str]) -> list[str]:
    return sorted({word for text in texts for word in text.replace("?", " ?").replace(".", " .").split()})


def _row(rows: Sequence[Result], dataset: str, metric: str) -> Result:
    (found,) = [row for row in rows if (row.dataset, row.metric) == (dataset, metric)]
    return found


# Entities: Few-NERD's columns.


class Curve:
    """Points along a run."""

    steps = (0, 8, 40)

    def __init__(self, tests: dict[str, Sequence[Example]]) -> None:
        self.tests, self.rows = tests, list[Result]()

    def __call__(self, step: int, model: TrainedModel) -> None:
        told = {"factor": "steps", "value": step, "seed": 0}
        self.rows += measure_sets(ENTITIES, model, self.tests, name="tiny", condition=told)


Entities = tuple[Tagger, Sequence[Tagged], Curve]


@pytest.fixture(scope="module")
def entities(tmp_path_factory: pytest.TempPathFactory) -> Entities:
    folder = tmp_path_factory.mktemp("entities")
    lines = []
    for person, house in product(PEOPLE, HOUSES):
        lines += [f"{word}\tperson-other" for word in person.split()]
        lines += ["saw\tO", "the\tO", *(f"{word}\tbuilding-other" for word in house.split()), ""]
    (folder / "train.txt").write_text("\n".join(lines) + "\n")
    data = load(ENTITIES.id, "train", local=folder).tagged
    start = write_bert(folder / "start", _words([" ".join(one.words) for one in data]))
    config = FineTuning(learning_rate=5e-3, epochs=10, batch_size=5, max_length=64)
    curve = Curve({"Few-NERD": data, "WNUT": load(ENTITIES.ood[2], "test", local=_local("WNUT")).examples})
    model = open_trained(ENTITIES, train_on(ENTITIES, data, start, folder / "out", config, watch=curve))
    assert isinstance(model, Tagger)
    return model, data, curve


def test_a_tagger_goes_from_few_nerd_to_the_three_other_sets(
    entities: Entities,
) -> None:
    model, data, _ = entities
    tests = _tests(ENTITIES)
    rows = measure_sets(ENTITIES, model, tests, name="tiny", condition={"factor": "method", "seed": 0})
    for name, examples in tests.items():
        row = _row(rows, name, "entity_f1")
        assert row.n == len(examples) and 0 <= row.value <= 1 and row.unparsed == 0
        assert row.condition["trained_on"] == "Few-NERD"
        assert _row(rows, name, "untagged_rate").n == sum(
            len(one.words) for one in examples if isinstance(one, Tagged)
        )
    assert [point.ood for point in points(rows)] == ["CoNLL", "E-NER", "WNUT"]
    learnt = measure_sets(ENTITIES, model, {"Few-NERD": data}, name="tiny")
    assert len(data) == 20 and _row(learnt, "Few-NERD", "entity_f1").value > 0.95


def test_a_run_gives_points_of_its_curve_while_it_learns(entities: Entities) -> None:
    model, data, curve = entities
    first, middle, last = points(curve.rows)
    assert (first.value, middle.value, last.value) == ("0", "8", "40")
    assert first.id_score < 0.5 < last.id_score
    saved = measure_sets(ENTITIES, model, {"Few-NERD": data}, name="tiny")
    assert last.id_score == _row(saved, "Few-NERD", "entity_f1").value


def test_types_that_conll_and_wnut_lack_are_never_found_there(entities: Entities, tmp_path: Path) -> None:
    model, _, _ = entities
    conll = tmp_path / "eng.testb"
    conll.write_text("Ada NNP I-NP I-PER\nsaw VBD I-VP O\nthe DT I-NP O\nTower NNP I-NP I-LOC\n\n")
    (one,) = load(ENTITIES.ood[0], "test", local=conll).tagged
    predictions = model.predict([one.words])
    names = columns(ENTITIES)
    assert read_off(predictions.probabilities[0], names) == ("B-person", "O", "O", "B-building")
    masked = read_off(probabilities_on(ENTITIES, "CoNLL", predictions.probabilities[0]), names)
    assert masked[0] == "B-person" and masked[3] != "B-building"
    scored = {
        name: _row(measure_trained(ENTITIES, name, [one], predictions, name="tiny"), name, "entity_f1").value
        for name in ("CoNLL", "Few-NERD")
    }
    assert scored["CoNLL"] >= scored["Few-NERD"] == 0.5, (
        "one of two entities is right; the other is a building"
    )
    wnut = np.zeros((1, len(names)))
    wnut[0, [names.index("B-event"), names.index("B-art"), names.index("O")]] = 0.6, 0.3, 0.1
    figures = measure_trained(
        ENTITIES, "WNUT", [Tagged("1", ("x",), ("B-art",))], Tagging((wnut,), 0), name="tiny"
    )
    assert _row(figures, "WNUT", "entity_f1").value == 1


def test_a_tagger_of_other_tags_is_refused(entities: Entities, tmp_path: Path) -> None:
    data = [Tagged("1", ("Ada",), ("B-person",))]
    run = train_tagger(
        write_bert(tmp_path / "start"), data, ("O", "B-person"), tmp_path / "out", FineTuning(epochs=1)
    )
    with pytest.raises(ShiftError, match="B-event"):
        predictions_of(tagger(run.path), ENTITIES, data)


# Inference: MNLI's lines.


def _mnli(path: Path) -> Path:
    """Entailed is the same thing, contradicted none, neutral a red one."""
    forms = {"entailment": "It is a {}.", "neutral": "It is a red {}.", "contradiction": "It is no {}."}
    with path.open("w") as stream:
        for thing, (label, form) in product(THINGS, forms.items()):
            record: dict[str, Any] = {"gold_label": label, "sentence1": f"There is a {thing}.", "genre": "x"}
            stream.write(json.dumps(record | {"sentence2": form.format(thing), "pairID": "1e"}) + "\n")
    return path


@pytest.mark.parametrize("start", [write_bert, write_t5])
def test_inference_goes_from_mnli_to_the_three_other_sets_and_to_one_of_two_classes(
    start: Callable[[Path, Sequence[str]], Path], tmp_path: Path
) -> None:
    file = _mnli(tmp_path / "train.jsonl")
    data = load(INFERENCE.id, "train", local=file).labelled
    words = _words([f"{one.text} {one.second}" for one in data])
    config = FineTuning(learning_rate=3e-3, epochs=20, batch_size=7, max_length=64)
    path = train_on(
        INFERENCE, data, start(tmp_path / "start", [*words, *INFERENCE.labels]), tmp_path / "out", config
    )
    model = open_trained(INFERENCE, path)
    assert isinstance(model, Seq2Seq) == (start is write_t5)
    tests = _tests(INFERENCE)
    rows = measure_sets(INFERENCE, model, tests, name="tiny")
    assert {row.dataset: row.n for row in rows} == {name: len(some) for name, some in tests.items()}
    learnt = measure_sets(INFERENCE, model, {"MNLI": data}, name="tiny")
    assert len(data) == 21 and _row(learnt, "MNLI", "accuracy").value > 0.9
    binary = replace(INFERENCE.id, name="QNLI", splits={"test": "train"})
    task = replace(INFERENCE, ood=(binary,))
    rows = measure_sets(task, model, {"QNLI": load(binary, "test", local=file).examples}, name="tiny")
    row = _row(rows, "QNLI", "accuracy")
    assert (row.n, row.condition["role"]) == (21, "ood")
    assert row.value >= _row(learnt, "MNLI", "accuracy").value, (
        "two classes that count as one are not confused"
    )


def test_the_probabilities_of_classes_that_count_as_one_are_added_and_so_are_their_true_labels() -> None:
    examples = [Labelled("1", "a", 1, "b"), Labelled("2", "a", 2, "b"), Labelled("3", "a", 0, "b")]
    probabilities = np.array([[0.4, 0.3, 0.3]] * 3)
    merged = measure_trained(INFERENCE, "DocNLI", examples, probabilities, name="tiny")
    plain = measure_trained(INFERENCE, "MNLI", examples, probabilities, name="tiny")
    assert (merged[0].value, plain[0].value) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


# Questions: SQuAD's paragraphs.


def _squad(path: Path) -> Path:
    paragraphs = []
    for person, place in product(PEOPLE, PLACES[:2]):
        context = f"{person} lives in {place}."
        asked = (("Who lives there?", person), ("Where is that?", place))
        questions = [
            {"id": f"{context}{n}", "question": question, "answers": [{"text": answer, "answer_start": context.index(answer)}]}
            for n, (question, answer) in enumerate(asked)
        ]  # fmt: skip
        paragraphs.append({"context": context, "qas": questions})
    path.write_text(json.dumps({"version": "1.1", "data": [{"title": "x", "paragraphs": paragraphs}]}))
    return path


@pytest.mark.parametrize("start", [write_bert, write_t5])
def test_questions_go_from_squad_to_the_three_other_sets(
    start: Callable[[Path, Sequence[str]], Path], tmp_path: Path
) -> None:
    data = load(QUESTIONS.id, "train", local=_squad(tmp_path / "train-v1.1.json")).questions
    words = _words([f"{one.context} {one.question}" for one in data])
    epochs = 15 if start is write_bert else 1
    config = FineTuning(learning_rate=5e-3, epochs=epochs, batch_size=5, max_length=64)
    path = train_on(QUESTIONS, data, start(tmp_path / "start", words), tmp_path / "out", config)
    model = open_trained(QUESTIONS, path)
    assert isinstance(model, Answerer if start is write_bert else Seq2Seq)
    tests = _tests(QUESTIONS)
    rows = measure_sets(QUESTIONS, model, tests, name="tiny")
    for name, metric in product(tests, ("exact_match", "f1", "cut_rate", "unfinished_rate")):
        assert _row(rows, name, metric).n == len(tests[name])
    if start is write_bert:  # that an encoder-decoder learns answers is tested with its trainer
        learnt = measure_sets(QUESTIONS, model, {"SQuAD": data}, name="tiny")
        assert len(data) == 20 and _row(learnt, "SQuAD", "f1").value > 0.9


def test_predictions_of_another_kind_are_refused() -> None:
    question = Question("1", "c", "q", ("a",))
    with pytest.raises(ShiftError, match="not ndarray"):
        measure_trained(QUESTIONS, "SQuAD", [question], np.zeros((1, 3)), name="tiny")
    with pytest.raises(ShiftError, match="1 is Question"):
        measure_trained(INFERENCE, "MNLI", [question], np.zeros((1, 3)), name="tiny")
