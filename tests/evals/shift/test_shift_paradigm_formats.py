"""Entities, inference and questions from files in the sets' own formats, asked of a model under every paradigm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from windward.evals.shift.declared import TASKS
from windward.evals.shift.loading import load
from windward.evals.shift.paradigms.config import ParadigmConfig
from windward.evals.shift.paradigms.measure import measure_paradigms
from windward.evals.shift.paradigms.offered import offered
from windward.evals.shift.paradigms.prompts import answered, shown
from windward.evals.shift.task import Example
from windward.models import Message
from windward.models.scripted_model import scripted
from windward.rows import read_results, select
from windward.rows.labelled import Labelled
from windward.rows.questions import Question

FORMS = Path(__file__).parent / "data_formats"
SPLITS = {
    "Few-NERD": ("train", "test"),
    "CoNLL": ("eng.testb",),
    "E-NER": ("test",),
    "WNUT": ("train", "test"),
    "MNLI": ("train", "test"),
    "ANLI": ("train", "test"),
    "ContractNLI": ("train", "test"),
    "WANLI": ("train", "test"),
    "SQuAD": ("train", "test"),
    "AdvQA": ("train", "test"),
    "NewsQA": ("NewsQA.jsonl",),
    "SearchQA": ("SearchQA.jsonl",),
}
"""The splits that a form has, or the one file of its test split."""


def apart(one: Example) -> Example:
    """Another text: the forms say the same in train and test, and a tested text is never shown."""
    if isinstance(one, Labelled):
        return replace(one, text=f"{one.text} So it was.")
    if isinstance(one, Question):
        return replace(one, context=f"{one.context} So it was.")
    return replace(one, words=(*one.words, "so"), tags=(*one.tags, "O"))


def sets_of(name: str) -> dict[str, dict[str, Sequence[Example]]]:
    found: dict[str, dict[str, Sequence[Example]]] = {}
    for dataset in TASKS[name].datasets:
        parts = SPLITS[dataset.name]
        folder = FORMS / dataset.name
        if "test" in parts:
            loaded = {split: load(dataset, split, local=folder).examples for split in parts}
            found[dataset.name] = {"test": loaded["test"], "train": [*map(apart, loaded.get("train", ()))]}
        else:
            found[dataset.name] = {"test": load(dataset, "test", local=folder / parts[0]).examples}
    return found


@pytest.mark.parametrize(
    ("name", "metric", "own"),
    [("entities", "entity_f1", 1), ("inference", "accuracy", 3), ("questions", "exact_match", 1)],
)
def test_a_model_that_knows_every_answer_is_right_on_every_set(
    name: str, metric: str, own: int, tmp_path: Path
) -> None:
    task, sets = TASKS[name], sets_of(name)
    right = {
        (dataset.name, shown(one)): answered(one, task, offered(task, dataset.name))
        for dataset in task.datasets
        for one in sets[dataset.name]["test"]
    }
    by_text = {text: answer for (_, text), answer in right.items()}

    def knows(messages: Sequence[Message]) -> str:
        return by_text[messages[-1]["content"]]

    out = measure_paradigms(scripted(knows), task, sets, tmp_path / "run", ParadigmConfig(shots=1), tell=lambda _: None)  # fmt: skip
    results = read_results(out)
    for paradigm, count in (("zero-shot", 4), ("id", 4), ("ood", own)):
        for reading in ("strict", "lenient"):
            rows = select(results, metric=metric, condition={"paradigm": paradigm, "reading": reading})
            assert [(row.value, row.unparsed) for row in rows] == [(1, 0)] * count
            assert {row.dataset: row.n for row in rows} == {
                row.dataset: len(sets[row.dataset]["test"]) for row in rows
            }
