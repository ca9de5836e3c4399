"""Similarity curves: as recorded, equal to the whole block at each point, and one pass."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_arrangement import recorded, recorded_arrays
from scipy.spatial.distance import cdist

from windward.arrangement import blocks
from windward.arrangement.similarity import DISTANCES, SUMMARIES, Distance, Summary, similarity_curves

RECORDED = {"mean": "avg", "min": "min", "max": "max", "centroid": "centroid"}


def embeddings(seed: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 4)) + 0.5


def whole(train: np.ndarray, target: np.ndarray, distance: Distance, summary: Summary) -> float:
    """From all distances at once, with another library."""
    if summary == "centroid":
        train, target = train.mean(axis=0, keepdims=True), target.mean(axis=0, keepdims=True)
    block = cdist(train, target, distance) - (1 if distance == "cosine" else 0)
    summed = {"mean": block.mean(), "min": block.min(), "max": block.max(), "centroid": block.mean()}
    return float(summed[summary])


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("summary", SUMMARIES)
def test_the_curves_of_real_embeddings_equal_the_recorded_ones(distance: Distance, summary: Summary) -> None:
    expected = recorded("similarity_metrics_math_algebra")["curves"][distance][RECORDED[summary]]
    real = recorded_arrays("minilm_math_algebra")
    curves = similarity_curves(real["train"], {"algebra": real["test"][:5]})
    assert curves.rows.tolist() == list(range(160, 1601, 160))
    np.testing.assert_allclose(curves.of("algebra", distance, summary), expected, atol=5e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 23), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_each_point_is_that_of_all_rows_so_far(seed: int, stride: int, sizes: list[int]) -> None:
    train = embeddings(seed, 23)
    tasks = {f"task {place}": embeddings(seed + 1 + place, size) for place, size in enumerate(sizes)}
    order = np.random.default_rng(seed).permutation(23)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK_NUMBERS", 40)
        curves = similarity_curves(train, tasks, order=order, stride=stride)
    assert curves.rows.tolist() == list(range(stride, 24, stride))
    for task, target in tasks.items():
        for distance, summary in curves.values:
            points = [whole(train[order[:rows]], target, distance, summary) for rows in curves.rows]
            np.testing.assert_allclose(curves.of(task, distance, summary), points, atol=1e-9)


def test_the_matrix_of_all_distances_is_never_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_NUMBERS", 50_000)
    train, tasks = embeddings(0, 4_000), {"one": embeddings(1, 500), "two": embeddings(2, 500)}
    tracemalloc.start()
    similarity_curves(train, tasks, stride=2_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000 * 1_000 * 8 / 10


def test_a_row_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_NUMBERS", 40)
    read: list[int] = []

    class Counted(np.ndarray):
        def __getitem__(self, key: Any) -> Any:
            read.extend(np.arange(20)[key].tolist())
            return np.asarray(super().__getitem__(key))

    similarity_curves(embeddings(0, 20).view(Counted), {"one": embeddings(1, 3)}, stride=5)
    assert read == list(range(20))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_the_order_inside_a_stride_moves_no_point(seed: int, data: st.DataObject) -> None:
    train, tasks = embeddings(seed, 12), {"one": embeddings(seed + 1, 3)}
    order = np.concatenate(
        [np.array(data.draw(st.permutations(range(start, start + 4)))) for start in (0, 4, 8)]
    )
    there, moved = (similarity_curves(train, tasks, order=one, stride=4) for one in (None, order))
    for measure, values in there.values.items():
        np.testing.assert_allclose(moved.values[measure], values, atol=1e-12)


def test_minima_fall_and_maxima_rise() -> None:
    curves = similarity_curves(
        embeddings(0, 60), {"one": embeddings(1, 4), "two": embeddings(2, 2)}, stride=3
    )
    for distance in DISTANCES:
        assert (np.diff(curves.values[distance, "min"], axis=0) <= 0).all()
        assert (np.diff(curves.values[distance, "max"], axis=0) >= 0).all()


def test_a_centroid_at_the_origin_has_no_cosine_and_shows_as_nan() -> None:
    curves = similarity_curves(
        np.array([[1.0, 0], [-1, 0], [1, 0], [0, 1]]), {"one": np.ones((1, 2))}, stride=2
    )
    first, second = curves.of("one", "cosine", "centroid")
    assert np.isnan(first) and np.isclose(second, -1)


@pytest.mark.parametrize(
    ("tasks", "stride", "message"),
    [
        ({}, 2, "no test task"),
        ({"one": np.ones((2, 3))}, 2, "task one: train has 4 dimensions and target 3"),
        ({"one": np.ones((2, 4))}, 7, "stride must be from 1 to the 6 rows: 7"),
        ({"one": np.zeros((2, 4))}, 2, "row of task one 0 is zero"),
    ],
)
def test_what_gives_no_curve_is_named(tasks: dict[str, np.ndarray], stride: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        similarity_curves(embeddings(0, 6), tasks, stride=stride)


@pytest.mark.parametrize("order", [None, np.arange(6)])
def test_a_row_without_direction_is_named(order: np.ndarray | None) -> None:
    train = embeddings(0, 6)
    train[4] = 0
    with pytest.raises(ValueError, match="train row 4 is zero"):
        similarity_curves(train, {"one": np.ones((1, 4))}, order=order, stride=3)


def test_an_unknown_curve_is_named() -> None:
    curves = similarity_curves(embeddings(0, 6), {"one": np.ones((1, 4))}, stride=3)
    with pytest.raises(KeyError, match="no task 'two'"):
        curves.of("two", "cosine", "mean")
    with pytest.raises(KeyError, match="no measure"):
        curves.of("one", "cosine", "median")  # type: ignore[arg-type]
