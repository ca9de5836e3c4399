"""A whole run: every set under every paradigm, nothing bought twice, masks and merged labels, entities and questions, what stands beside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.evals.folder import FolderError
from windward.evals.shift.declared import TASKS
from windward.evals.shift.paradigms.asked import Sets
from windward.evals.shift.paradigms.config import ParadigmConfig
from windward.evals.shift.paradigms.finetuned import FineTuned
from windward.evals.shift.paradigms.measure import measure_paradigms
from windward.evals.shift.task import Dataset, Example, ShiftError, Task
from windward.journal import RowsFailedError
from windward.models import ContextOverflowError, Message, Model, ModelError, Reply, Sampling
from windward.models.scripted_model import scripted
from windward.rows import Result, read_results, select
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

RATED = TASKS["rated"]
NAMES = RATED.labels


def rated(dataset: str, split: str, n: int) -> list[Example]:
    return [
        Labelled(f"{split}-{at}", f"{dataset} {split} {at} feels {NAMES[at % 3]}", at % 3) for at in range(n)
    ]


SETS: Sets = {
    one.name: {"train": rated(one.name, "train", 12), "test": rated(one.name, "test", 6)}
    for one in RATED.datasets
}


def honest(messages: Sequence[Message]) -> str:
    """Says the class that the text ends with."""
    return messages[-1]["content"].split()[-1]


def measured(
    model: Model, out: Path, task: Task = RATED, sets: Sets = SETS, **config: object
) -> list[Result]:
    lines: list[str] = []
    settings = ParadigmConfig(**config)  # type: ignore[arg-type]
    return read_results(measure_paradigms(model, task, sets, out, settings, tell=lines.append))


def value(results: Sequence[Result], metric: str, dataset: str, **condition: object) -> float:
    (found,) = select(results, metric=metric, dataset=dataset, condition=condition)
    return found.value


class _Scoring:
    """A model in this process: replies nonsense, finds the class that the text ends with likely, and `positive` as such likelier."""

    name = "scoring"
    max_context = 10_000

    def __init__(self, bias: float = 0.0) -> None:
        self.calls = self.looked = 0
        self._bias = bias

    def prompt_tokens(self, messages: Sequence[Message]) -> list[str]:
        return [word for message in messages for word in message["content"].split()]

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        self.calls += 1
        return Reply("the the the", finish="length")

    async def score_many(
        self, messages: Sequence[Message], completions: Sequence[str]
    ) -> list[tuple[float, ...]]:
        self.looked += 1
        liked = messages[-1]["content"].split()[-1]
        return [(-4.0 + 2 * (name == liked) + self._bias * (name == "positive"),) for name in completions]


def test_every_set_is_asked_under_every_paradigm_and_read_in_both_ways(tmp_path: Path) -> None:
    model = scripted(honest)
    results = measured(model, tmp_path / "run", shots=2)
    for paradigm, datasets in (
        ("zero-shot", ("amazon", "movie", "nyt", "tweets")),
        ("id", ("amazon", "movie", "nyt", "tweets")),
        ("ood", ("movie", "nyt", "tweets")),
    ):
        for reading in ("strict", "lenient"):
            rows = select(results, metric="accuracy", condition={"paradigm": paradigm, "reading": reading})
            assert [(row.dataset, row.value, row.n, row.unparsed) for row in rows] == [
                (name, 1.0, 6, 0) for name in datasets
            ]
    (of_own,) = select(results, metric="accuracy", dataset="nyt", condition={"paradigm": "ood", "reading": "strict"})  # fmt: skip
    assert of_own.condition["demonstrations_of"] == "nyt" and of_own.condition["shots"] == 2
    assert value(results, "largest_class_rate", "nyt") == pytest.approx(1 / 3)
    shown = {len(messages) for messages in model.calls}
    assert len(model.calls) == 11 * 6 and shown == {2, 2 + 2 * 2 * 3}


def test_the_record_says_what_was_shown_and_every_reply_how_it_was_read(tmp_path: Path) -> None:
    out = tmp_path / "run"
    measured(scripted(lambda _: "It is positive"), out, shots=1, paradigms=("id",))
    shown = json.loads((out / "demonstrations.json").read_text())
    assert [one["dataset"] for one in shown] == ["amazon", "movie", "nyt", "tweets"]
    assert {tuple(one["ids"]) for one in shown} == {tuple(shown[0]["ids"])} and len(shown[0]["ids"]) == 3
    assert all(name.startswith("train-") for name in shown[0]["ids"])
    replies = [json.loads(line) for line in (out / "replies.jsonl").read_text().splitlines()]
    assert len(replies) == 4 * 6
    assert replies[0]["read"] == {
        "strict": {"value": None, "why": "more than a class"},
        "lenient": {"value": "positive", "why": ""},
    }
    assert json.loads((out / "run.json").read_text())["settings"]["paradigms"] == ["id"]


def test_a_killed_run_goes_on_and_buys_nothing_twice(tmp_path: Path) -> None:
    asked: list[str] = []

    class Dying:
        name = "dying"

        def __init__(self, calls: int) -> None:
            self.left = calls

        async def generate(
            self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
        ) -> Reply:
            if self.left == 0:
                raise ModelError("the endpoint went away")
            self.left -= 1
            asked.append(json.dumps(messages))
            return Reply(honest(messages))

    out = tmp_path / "run"
    with pytest.raises(RowsFailedError, match="run the same command again"):
        measured(Dying(10), out)
    assert len(asked) == 10 and not (out / "results.parquet").exists()
    first = measured(Dying(1000), out)
    assert len(asked) == len(set(asked)) == 66
    assert measured(Dying(0), out) == first
    with pytest.raises(FolderError, match="shots was 3, now 2"):
        measured(Dying(0), out, shots=2)


def test_log_probabilities_leave_nothing_unparsed_where_replies_are_nonsense(tmp_path: Path) -> None:
    model = _Scoring()
    results = measured(model, tmp_path / "run", paradigms=("zero-shot",))
    read = {"paradigm": "zero-shot", "reading": "strict"}
    assert (
        value(results, "accuracy", "movie", **read) == 0
        and value(results, "unparsed_rate", "movie", **read) == 1
    )
    for way in ("total", "per-token", "calibrated"):
        (row,) = select(
            results,
            metric="accuracy",
            dataset="movie",
            condition={"reading": "log-probabilities", "normalised": way},
        )
        assert (row.value, row.n, row.unparsed) == (1, 6, 0)
    looked = model.looked
    assert looked == 4 * (6 + 1)
    measured(model, tmp_path / "run", paradigms=("zero-shot",))
    assert (model.looked, model.calls) == (looked, 24)


def test_calibration_takes_away_what_a_model_likes_whatever_it_reads(tmp_path: Path) -> None:
    results = measured(_Scoring(bias=3.0), tmp_path / "run", paradigms=("zero-shot",))
    by_way = {
        way: value(results, "accuracy", "movie", reading="log-probabilities", normalised=way)
        for way in ("total", "calibrated")
    }
    assert by_way == {"total": pytest.approx(1 / 3), "calibrated": 1}


def test_replies_cut_off_at_the_limit_are_counted_beside_the_limit(tmp_path: Path) -> None:
    lines: list[str] = []
    out = measure_paradigms(
        _Scoring(), RATED, SETS, tmp_path / "run", ParadigmConfig(("zero-shot",)), tell=lines.append
    )
    (cut,) = select(read_results(out), metric="cut_off_rate", dataset="movie")
    assert cut.value == 1 and cut.condition["max_tokens"] == 16
    assert "  zero-shot movie: 6 of 6 replies were cut off at 16 tokens" in lines
    assert "  zero-shot movie: unparsed of 6 (strict): 6 more than a class" in lines


def with_masked(
    mask: Mapping[str, tuple[str, ...]], merged: Mapping[str, Mapping[str, str]], base: Task
) -> Task:
    other = Dataset("other", "", {"test": "test"}, lambda name, record: None)
    return replace(base, ood=(other,), mask=mask, merged=merged)


def test_a_set_of_two_classes_offers_and_takes_two(tmp_path: Path) -> None:
    task = with_masked({"other": ("negative", "positive")}, {}, RATED)
    sets = {"amazon": SETS["amazon"], "other": {"test": [Labelled("1", "fine", 1), Labelled("2", "bad", 0)]}}
    model = scripted(lambda messages: "neutral" if messages[-1]["content"].endswith("fine") else "negative")
    results = measured(model, tmp_path / "run", task, sets, paradigms=("zero-shot", "id"), shots=1)
    row = select(
        results, metric="accuracy", dataset="other", condition={"paradigm": "id", "reading": "strict"}
    )[0]
    assert (row.value, row.unparsed) == (0.5, 1)
    asked = [messages for messages in model.calls if messages[-1]["content"] == "Text: fine"]
    assert all("neutral" not in message["content"] for messages in asked for message in messages)
    assert sorted(len(messages) for messages in asked) == [2, 6]


def test_a_set_without_a_train_split_has_no_demonstrations_of_its_own_and_that_is_said(
    tmp_path: Path,
) -> None:
    task = with_masked({}, {}, RATED)
    sets = {"amazon": SETS["amazon"], "other": {"test": rated("other", "test", 3)}}
    lines: list[str] = []
    measure_paradigms(scripted(honest), task, sets, tmp_path / "run", tell=lines.append)
    assert "  other has no train split: it is not asked with demonstrations of its own" in lines
    with pytest.raises(ShiftError, match="no set can be asked"):
        measured(scripted(honest), tmp_path / "none", task, sets, paradigms=("ood",))


def test_two_classes_that_a_set_has_as_one_count_as_one(tmp_path: Path) -> None:
    task = with_masked({}, {"other": {"neutral": "contradiction"}}, TASKS["inference"])
    pairs = [Labelled("1", "It rains.", 2, "It is dry."), Labelled("2", "It rains.", 2, "It is Monday.")]
    sets: Sets = {
        "MNLI": {"test": [Labelled("0", "It rains.", 1, "It is cold.")]},
        "other": {"test": [*pairs]},
    }
    results = measured(scripted(lambda _: "Neutral"), tmp_path / "run", task, sets, paradigms=("zero-shot",))
    assert value(results, "accuracy", "other", reading="strict") == 1
    assert value(results, "largest_class_rate", "other") == 1

    class Torn(_Scoring):
        async def score_many(
            self, messages: Sequence[Message], completions: Sequence[str]
        ) -> list[tuple[float, ...]]:
            chances = {"entailment": 0.4, "neutral": 0.3, "contradiction": 0.3}
            return [(float(np.log(chances[name])),) for name in completions]

    torn = measured(Torn(), tmp_path / "torn", task, sets, paradigms=("zero-shot",))
    assert value(torn, "accuracy", "other", reading="log-probabilities", normalised="total") == 1
    assert value(torn, "accuracy", "MNLI", reading="log-probabilities", normalised="total") == 0


def test_a_request_that_is_too_long_is_asked_with_fewer_demonstrations_and_then_counts_as_unanswered(
    tmp_path: Path,
) -> None:
    class Narrow:
        name = "narrow"

        async def generate(
            self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
        ) -> Reply:
            if len(messages) > 4 or "nyt test 5" in messages[-1]["content"]:
                raise ContextOverflowError("too long")
            return Reply(honest(messages))

    lines: list[str] = []
    out = measure_paradigms(
        Narrow(), RATED, SETS, tmp_path / "run", ParadigmConfig(("id",), shots=1), tell=lines.append
    )
    results = read_results(out)
    assert value(results, "accuracy", "movie", reading="strict") == 1
    assert (
        "  id movie: 6 of 6 requests held fewer than 3 demonstrations (the least 1): they did not fit"
        in lines
    )
    assert value(results, "fewer_demonstrations_rate", "movie") == 1
    (lost,) = select(results, metric="accuracy", dataset="nyt", condition={"reading": "strict"})
    assert lost.value == pytest.approx(5 / 6) and (lost.n, lost.unparsed) == (6, 1)
    assert value(results, "no_reply_rate", "nyt") == pytest.approx(1 / 6)


def test_reasoning_before_an_answer_is_no_part_of_it(tmp_path: Path) -> None:
    def thinks(messages: Sequence[Message]) -> str:
        return "<think>" + (
            "" if "test 0" in messages[-1]["content"] else f"negative?</think>{honest(messages)}"
        )

    results = measured(scripted(thinks), tmp_path / "run", paradigms=("zero-shot",))
    (row,) = select(results, metric="accuracy", dataset="movie", condition={"reading": "strict"})
    assert row.value == pytest.approx(5 / 6) and row.unparsed == 1


def test_a_fine_tuned_model_stands_beside_on_the_same_texts_and_labels(tmp_path: Path) -> None:
    asked: list[str] = []

    def probabilities(examples: Sequence[Labelled]) -> NDArray[np.float64]:
        asked.extend(one.text for one in examples)
        return np.array([[0.1, 0.2, 0.7] for _ in examples])

    task = with_masked({"other": ("negative", "positive")}, {}, RATED)
    sets: Sets = {"amazon": SETS["amazon"], "other": {"test": [Labelled("1", "a", 1), Labelled("2", "b", 0)]}}
    lines: list[str] = []
    out = measure_paradigms(
        scripted(honest),
        task,
        sets,
        tmp_path / "run",
        ParadigmConfig(("zero-shot",)),
        beside=FineTuned("small", probabilities),
        tell=lines.append,
    )
    rows = select(read_results(out), model="small", metric="accuracy")
    assert {row.dataset: row.value for row in rows} == {"amazon": pytest.approx(1 / 3), "other": 0.5}
    assert {row.condition["method"] for row in rows} == {"fine-tuned"}
    assert len(asked) == 6 + 2 and any(line.strip().startswith("fine-tuned ") for line in lines)


def test_entities_run_end_to_end(tmp_path: Path) -> None:
    task = with_masked({"other": ("person", "location")}, {}, TASKS["entities"])
    sentence = Tagged("1", ("Ann", "saw", "Rome", "."), ("B-person", "O", "B-location", "O"))
    shown = Tagged("2", ("Bob", "sang", "."), ("B-person", "O", "O"))
    train = Tagged("3", ("Eve", "made", "Wine", "."), ("B-person", "O", "B-product", "O"))
    sets: Sets = {"Few-NERD": {"train": [train], "test": [sentence]}, "other": {"test": [sentence, shown]}}
    model = scripted(
        lambda messages: "person: Ann\nlocation: Rome" if "Ann" in messages[-1]["content"] else "Bob!"
    )
    results = measured(model, tmp_path / "run", task, sets, paradigms=("zero-shot", "id"), shots=1)
    for paradigm in ("zero-shot", "id"):
        assert value(results, "entity_f1", "Few-NERD", paradigm=paradigm, reading="strict") == 1
        (own,) = select(
            results,
            metric="entity_f1",
            dataset="other",
            condition={"paradigm": paradigm, "reading": "lenient"},
        )
        assert own.value == pytest.approx(0.8) and (own.n, own.unparsed) == (2, 1)
    of_other = [messages for messages in model.calls if "one of: location, person." in messages[0]["content"]]
    assert len(of_other) == 4 and of_other[-1][2]["content"] == "person: Eve"


class _Limited:
    """Says a long answer, as far as it may."""

    name = "limited"

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        words = re.split(" ", "in the old town hall of the northern city")
        assert sampling is not None and sampling.temperature == 0
        cut = sampling.max_tokens < len(words)
        return Reply(" ".join(words[: sampling.max_tokens]), finish="length" if cut else "stop")


def test_an_answer_longer_than_the_release_s_five_tokens_is_not_cut_off(tmp_path: Path) -> None:
    task = with_masked({}, {}, TASKS["questions"])
    text = "They met in the old town hall of the northern city."
    asked = Question("1", text, "Where did they meet?", ("here", "in the old town hall of the northern city"))
    sets: Sets = {"SQuAD": {"test": [asked]}, "other": {"test": [asked]}}
    whole = measured(_Limited(), tmp_path / "whole", task, sets, paradigms=("zero-shot",))
    assert (
        value(whole, "exact_match", "other", reading="strict")
        == value(whole, "f1", "other", reading="strict")
        == 1
    )
    assert value(whole, "cut_off_rate", "other", max_tokens=64) == 0
    short = measured(_Limited(), tmp_path / "short", task, sets, paradigms=("zero-shot",), max_tokens=5)
    assert value(short, "exact_match", "other", reading="strict") == 0
    assert value(short, "cut_off_rate", "other", max_tokens=5) == 1


@pytest.mark.parametrize(
    ("reply", "strict", "lenient"), [("Ann", 1, 1), ('Answer: "Ann"\nShe sang.', 0, 1), ("", 0, 0)]
)
def test_an_answer_is_the_reply_or_its_first_line(
    reply: str, strict: int, lenient: int, tmp_path: Path
) -> None:
    asked = Question("1", "Ann sang.", "Who sang?", ("Ann",))
    sets: Sets = {"SQuAD": {"test": [asked]}, "other": {"test": [asked]}}
    task = with_masked({}, {}, TASKS["questions"])
    results = measured(scripted(lambda _: reply), tmp_path / "run", task, sets, paradigms=("zero-shot",))
    assert value(results, "exact_match", "other", reading="strict") == strict
    assert value(results, "exact_match", "other", reading="lenient") == lenient
    (row,) = select(results, metric="f1", dataset="other", condition={"reading": "strict"})
    assert (row.n, row.unparsed) == (1, int(reply == ""))


def test_sets_that_cannot_be_tested_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    model = scripted(honest)
    twice = [Labelled("1", "a", 0), Labelled("1", "b", 1)]
    masked = with_masked({"other": ("negative", "positive")}, {}, RATED)
    for task, tested, said in (
        (masked, [], "no examples of test"),
        (masked, twice, "comes twice"),
        (masked, [Labelled("1", "a", 2)], "leaves out"),
    ):
        sets: Sets = {"amazon": SETS["amazon"], "other": {"test": tested}}
        with pytest.raises(ShiftError, match=said):
            measured(model, tmp_path / "run", task, sets)
    assert not model.calls and not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "config",
    [
        {"shots": 0},
        {"max_tokens": 0},
        {"paradigms": ()},
        {"paradigms": ("id", "id")},
        {"paradigms": ("few",)},
    ],
)
def test_what_cannot_be_asked_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(ShiftError):
        ParadigmConfig(**config)  # type: ignore[arg-type]
