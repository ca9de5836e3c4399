"""`windward eval shift` with tiny models: points, resuming, the guard, a user's own files, and the kinds of task."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tiny_task_models import write_bert
from windward.evals.folder import FolderError
from windward.evals.shift.declared import TASKS
from windward.evals.shift.points import points
from windward.evals.shift.task import Dataset, ShiftError, Task
from windward.recipes.shift import Sets, ShiftConfig, own_sets, run_shift
from windward.recipes.shift.plan import plan
from windward.recipes.shift.run import RESULTS
from windward.recipes.shift.sets import guarded
from windward.recipes.shift.training import learnt
from windward.rows import read_results, select
from windward.rows.labelled import Labelled

GOOD, BAD = ("good", "great", "lovely", "fine"), ("bad", "poor", "awful", "dull")
THINGS = ("film", "book", "phone", "chair", "lamp", "song", "meal", "coat", "bike", "desk", "door", "soup")


def _rows(things: Sequence[str], place: str) -> list[Labelled]:
    texts = [(f"the {thing} is {word} {place}", int(word in GOOD)) for thing in things for word in GOOD + BAD]
    return [Labelled(str(at), text, label) for at, (text, label) in enumerate(texts)]


def _set(name: str) -> Dataset:
    return Dataset(name, "", {}, lambda *_: None)


def _sets() -> Sets:
    task = Task("toy", "classification", _set("home"), (_set("sea"),), ("bad", "good"), "accuracy")
    tests = {"home": tuple(_rows(THINGS[8:], "at home")), "sea": tuple(_rows(THINGS[8:], "at sea today"))}
    return Sets(task, tuple(_rows(THINGS[:8], "at home")), tests)


@pytest.fixture
def encoder(tmp_path: Path) -> str:
    words = ["the", "is", "at", "home", "sea", "today"]
    return str(write_bert(tmp_path / "encoder", [*words, *GOOD, *BAD, *THINGS]))


def _config(encoder: str) -> ShiftConfig:
    return ShiftConfig(
        (encoder,), ("steps", "shots", "method", "adapter"), ("focal",), shots=(2,), shot_seeds=1, shares=(0.5,),
        adapters=(4,), epochs=2, shot_steps=4, batch_size=16, learning_rate=3e-3, max_length=24,
    )  # fmt: skip


def test_every_training_gives_its_points_and_the_effects_are_paired_over_texts(
    tmp_path: Path, encoder: str
) -> None:
    page = run_shift(_sets(), tmp_path / "run", _config(encoder), allow_overlap=True, tell=lambda _: None)
    rows = read_results(tmp_path / "run" / RESULTS)
    found = points(rows)
    factors = sorted((one.factor, one.method, one.value) for one in found)
    assert factors == [
        ("adapter", "vanilla", "4"),
        ("method", "focal", "focal"),
        ("method", "vanilla", "vanilla"),
        ("shots", "vanilla", "2"),
        ("steps", "vanilla", "0.5"),
        ("steps", "vanilla", "1"),
    ], "the end of the watched training is that of the method vanilla, and one point"
    assert {one.ood_n for one in found} == {32}
    (effect,) = [row for row in select(rows, metric="method_effect") if row.dataset == "sea"]
    assert effect.condition["texts"] == 32 and effect.condition["seeds"] == 1
    assert "<html" in page.read_text(encoding="utf-8")[:500]
    assert not (tmp_path / "run" / "checkpoints" / "model-0-focal-seed-0").exists()


def test_a_killed_run_goes_on_and_comes_to_the_same(
    tmp_path: Path, encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(_config(encoder), factors=("steps", "shots"))
    run_shift(_sets(), tmp_path / "whole", config, allow_overlap=True, tell=lambda _: None)
    said: list[str] = []

    def dies(line: str) -> None:
        said.append(line)
        if "seed" in line:
            raise InterruptedError("killed")

    with pytest.raises(InterruptedError):
        run_shift(_sets(), tmp_path / "cut", config, allow_overlap=True, tell=dies)
    again: list[str] = []
    run_shift(_sets(), tmp_path / "cut", config, allow_overlap=True, tell=again.append)
    first = next(line for line in said if "seed" in line).split(":")[0]
    assert not any(line.startswith(first) for line in again), "what was measured is not trained again"
    assert (tmp_path / "cut" / RESULTS).read_bytes() == (tmp_path / "whole" / RESULTS).read_bytes()
    with pytest.raises(FolderError, match="epochs"):
        run_shift(
            _sets(), tmp_path / "cut", replace(config, epochs=3), allow_overlap=True, tell=lambda _: None
        )


def test_trainings_side_by_side_come_to_the_same(tmp_path: Path, encoder: str) -> None:
    config = replace(_config(encoder), factors=("shots",), shots=(2, 4))
    for jobs in (1, 2):
        run_shift(_sets(), tmp_path / str(jobs), config, allow_overlap=True, jobs=jobs, tell=lambda _: None)
    one, two = (
        [
            (row.dataset, row.metric, row.condition, row.value)
            for row in read_results(tmp_path / name / RESULTS)
        ]
        for name in ("1", "2")
    )
    assert one == two


def test_a_set_that_stands_in_the_training_set_is_refused_and_single_texts_are_left_out() -> None:
    sets = _sets()
    fresh = tuple(
        Labelled(str(n), f"nothing of the kind was ever said of {n} things before", 0) for n in range(20)
    )
    three = replace(
        sets,
        task=replace(sets.task, ood=(_set("sea"), _set("new"))),
        tests={"home": (*fresh, *sets.train[:9]), "sea": sets.train[:20], "new": fresh},
    )
    said: list[str] = []
    kept, found = guarded(three, allow=False, tell=said.append)
    assert list(kept.tests) == ["home", "new"] and [one.name for one in kept.task.ood] == ["new"]
    assert kept.tests["home"] == fresh
    assert found["sea"].refused and any(line.startswith("sea refused") for line in said)
    assert any(line.startswith("home: 9 of 29") for line in said)
    assert guarded(three, allow=True, tell=said.append)[0] == three
    with pytest.raises(ShiftError, match="nothing is left"):
        guarded(replace(three, tests={**three.tests, "new": sets.train[5:9]}), allow=False, tell=said.append)


def test_few_shots_are_as_many_of_each_class() -> None:
    sets = _sets()
    one = next(one for one in plan(ShiftConfig(factors=("shots",), shots=(3,))) if one.seed == 0)
    chosen = learnt(sets.task, one, sets.train)
    assert sorted(row.label for row in chosen if isinstance(row, Labelled)) == [0, 0, 0, 1, 1, 1]


def test_few_shot_trainings_are_repeated_as_in_the_paper() -> None:
    counted = [one.shots for one in plan(ShiftConfig(factors=("shots",), shots=(64, 128, 1024)))]
    assert (counted.count(64), counted.count(128), counted.count(1024)) == (5, 3, 1)


def test_files_of_ones_own_become_a_task_and_classes_that_a_set_lacks_are_masked(tmp_path: Path) -> None:
    def write(name: str, rows: Sequence[tuple[str, str]]) -> Path:
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
        return tmp_path / name

    train = write("train.csv", [("it holds", "yes"), ("it does not", "no"), ("who knows", "unclear")])
    test = write("test.csv", [("it may hold", "unclear"), ("surely", "yes"), ("never", "no")])
    forum = write("forum.csv", [("nope", "no"), ("yep", "yes")])
    sets = own_sets(train, test, {"forum": forum}, classes=["no", "yes", "unclear"], tell=lambda _: None)
    assert sets.task.mask == {"forum": ("no", "yes")}
    assert [len(rows) for rows in sets.tests.values()] == [3, 2]
    with pytest.raises(ShiftError, match="--ood NAME=FILE"):
        own_sets(train, test, {})


def test_entities_give_points_of_entity_f1(tmp_path: Path) -> None:
    from windward.evals.shift.loading import load

    forms = Path(__file__).parents[2] / "evals" / "shift" / "data_formats"
    task = replace(TASKS["entities"], ood=tuple(one for one in TASKS["entities"].ood if one.name == "WNUT"))

    def read(name: str, split: str) -> tuple[object, ...]:
        dataset = next(one for one in task.datasets if one.name == name)
        files = [path for path in (forms / name).rglob("*") if path.is_file()]
        return load(dataset, split, local=files[0] if len(files) == 1 else forms / name).examples

    tests = {name: read(name, "test") for name in (task.id.name, "WNUT")}
    sets = Sets(task, read(task.id.name, "train"), tests)  # type: ignore[arg-type]
    model = str(write_bert(tmp_path / "bert"))
    config = ShiftConfig((model,), ("steps",), shares=(0.5,), epochs=2, batch_size=2, max_length=48)
    run_shift(sets, tmp_path / "run", config, allow_overlap=True, tell=lambda _: None)
    rows = read_results(tmp_path / "run" / RESULTS)
    assert {one.metric for one in points(rows)} == {"entity_f1"}
    shared = json.loads((tmp_path / "run" / "overlaps.json").read_text(encoding="utf-8"))
    assert [one["test"] for one in shared] == [task.id.name, "WNUT"]


def test_the_record_says_which_texts_were_left_out(tmp_path: Path, encoder: str) -> None:
    sets = _sets()
    fresh = tuple(
        Labelled(str(n), f"number {n} was of another kind than all that came before", n % 2) for n in range(9)
    )
    mixed = replace(sets, tests={"home": (*fresh, *sets.train[:3]), "sea": fresh})
    config = ShiftConfig(
        (encoder,), ("shots",), shots=(2,), shot_seeds=1, shot_steps=2, epochs=1, max_length=24
    )
    run_shift(mixed, tmp_path / "run", config, tell=lambda _: None)
    shared = json.loads((tmp_path / "run" / "overlaps.json").read_text(encoding="utf-8"))
    assert [(one["test"], one["verdict"]) for one in shared] == [
        ("home", "passed, 3 left out"),
        ("sea", "passed"),
    ]
    rows = select(read_results(tmp_path / "run" / RESULTS), metric="accuracy")
    assert {row.dataset: row.n for row in rows} == {"home": 9, "sea": 9}
