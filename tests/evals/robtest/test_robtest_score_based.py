"""Score-based tests of a run: monotone, never weaker than the rule-based ones, every query counted, resumed to the same figures."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.evals.folder import FolderError
from windward.evals.robtest.classifier import Asked, FunctionClassifier
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.distraction import Distraction
from windward.evals.robtest.glyph import Glyph
from windward.evals.robtest.measure import RobTestConfig, measure
from windward.evals.robtest.rule_based import cell, survivors
from windward.evals.robtest.score_based import ScoreCell, score_cell, unbroken
from windward.evals.robtest.score_based_run import SearchRun
from windward.evals.robtest.score_based_shards import read_score_cell, write_score_cell
from windward.evals.robtest.searches import SEARCHES
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.typo import Typo
from windward.rows.labelled import Labelled
from windward.rows.results import read_results, select

DATA = [
    Labelled("1", "a good film with a great heart and a fine cast", 1),
    Labelled("2", "the good people of this town are great company", 1),
    Labelled("3", "a good film", 1),
    Labelled("4", "nothing here", 0),
    Labelled("5", "what a long and dull way to spend the evening", 1),
]
SENTENCES = [read_sentence(one.text) for one in DATA]
LABELS = [one.label for one in DATA]
DEGREES = (0.0, 0.1, 0.3, 0.6)


def _words(texts: Sequence[str]) -> NDArray[np.float64]:
    """Positive by the number of known words, less by that of signs that do not belong."""
    known = [sum(word in ("good", "great", "fine") for word in text.split()) for text in texts]
    strange = [
        sum(not (sign.isascii() and (sign.islower() or sign == " ")) for sign in text) for text in texts
    ]
    positive = 1 / (1 + np.exp(-(np.array(known) * 2.0 - np.array(strange) * 0.2 - 1)))
    return np.stack([1 - positive, positive], axis=1)


def _cells(dimension: Typo | Glyph | Distraction, search: str, mode: str, budget: int) -> list[ScoreCell]:
    cells, lost = [], set[int]()
    for degree in DEGREES:
        asked = Asked(FunctionClassifier(_words))
        one = score_cell(
            asked,
            dimension,
            mode,  # type: ignore[arg-type]
            degree,
            SENTENCES,
            LABELS,
            search=search,
            budget=budget,
            seed=0,
            lost=lost,
        )
        assert asked.queries == sum(attack.queries for attack in one.attacks)
        assert all(attack.queries <= budget for attack in one.attacks)
        lost |= one.broken
        cells.append(one)
    return cells


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("dimension", [Typo(), Glyph(), Distraction()], ids=lambda one: str(one.name))
def test_no_search_is_weaker_than_the_rule_based_test_and_no_broken_text_is_attacked_again(
    search: str, dimension: Typo | Glyph | Distraction
) -> None:
    for mode in dimension.modes:
        cells = _cells(dimension, search, mode, 120)
        asked = Asked(FunctionClassifier(_words))
        rule = survivors(
            [cell(asked, dimension, mode, degree, SENTENCES, n=10, seed=0) for degree in DEGREES],
            np.array(LABELS),
        )
        alive = unbroken(cells, len(DATA))
        for low, high in pairwise(cells):
            assert set(high.owners) == set(low.owners) - low.broken
            assert not (alive[high.degree] & ~alive[low.degree]).any()
            assert not (alive[high.degree] & ~rule[high.degree]).any()
        assert not alive[0.0][4]
        assert alive[0.0][:4].all()


def test_a_word_takes_several_changes_in_malicious_mode() -> None:
    def shape(texts: Sequence[str]) -> NDArray[np.float64]:
        """Positive as long as at most two letters of the only word are gone."""
        gone = np.array([sum(letter not in text for letter in "wonderful") for text in texts])
        positive = np.clip(0.9 - 0.15 * gone, 0, 1)
        return np.stack([1 - positive, positive], axis=1)

    one = score_cell(
        Asked(FunctionClassifier(shape)),
        Typo(),
        "malicious",
        0.4,
        [read_sentence("wonderful")],
        [1],
        search="greedy",
        budget=60,
        seed=0,
        lost=set(),
    )
    assert one.broken == {0}
    assert one.attacks[0].best.degree == pytest.approx(3 / 9)


def test_a_stored_cell_comes_back_as_it_was(tmp_path: Path) -> None:
    for one in _cells(Typo(), "greedy", "malicious", 40):
        write_score_cell(tmp_path, one)
        assert read_score_cell(tmp_path, "typo", "malicious", one.degree, "greedy") == one
    assert read_score_cell(tmp_path, "typo", "malicious", 0.2, "greedy") is None
    (tmp_path / "typo-malicious-0.3.parquet").write_bytes(b"half a fi")
    with pytest.raises(RobTestError, match="delete it"):
        read_score_cell(tmp_path, "typo", "malicious", 0.3, "greedy")


def test_a_resumed_run_gives_the_same_rows(tmp_path: Path) -> None:
    config = RobTestConfig(("typo", "distraction"), (0.1, 0.6), samples=3)

    def once(name: str, search: SearchRun) -> None:
        victim = FunctionClassifier(_words, "words")
        measure(
            victim,
            DATA,
            ("no", "yes"),
            config,
            tmp_path / name,
            dataset="five",
            search=search,
            tell=lambda line: None,
        )

    run = SearchRun("greedy", 50, 4)
    once("whole", run)
    once("part", run)
    (tmp_path / "part" / "searches" / "typo-malicious-0.6.parquet").unlink()
    (tmp_path / "part" / "searches" / "typo-general-0.1.parquet").unlink()
    once("part", run)
    found = [read_results(tmp_path / name / "results.parquet") for name in ("whole", "part")]
    assert found[0] == found[1]
    curve = {
        "attack": "score",
        "case": "search",
        "search": "greedy",
        "mode": "malicious",
        "dimension": "typo",
    }
    accuracy = select(found[0], metric="accuracy", split="all", condition=curve)
    assert [row.condition["degree"] for row in accuracy] == [0.0, 0.1, 0.6]
    assert [row.n for row in accuracy] == [4, 4, 4]
    assert accuracy[0].value == 1.0
    shard = read_score_cell(tmp_path / "whole" / "searches", "typo", "malicious", 0.1, "greedy")
    assert shard is not None
    (total,) = select(found[0], metric="queries_total", condition=curve | {"degree": 0.1})
    (mean,) = select(found[0], metric="queries", condition=curve | {"degree": 0.1})
    assert total.value == sum(one.queries for one in shard.attacks) == mean.value * mean.n
    page = (tmp_path / "part" / "report.html").read_text()
    for shown in (
        "attacked by search",
        "queries a success",
        "A greedy search of the first 4 texts",
        "typo, malicious, search: ",
    ):
        assert shown in page
    with pytest.raises(FolderError):
        once("part", SearchRun("beam", 50, 4))


def test_what_is_no_search_is_refused() -> None:
    with pytest.raises(RobTestError, match="there are greedy, beam"):
        SearchRun("best")
    with pytest.raises(RobTestError, match="1 at least"):
        SearchRun("greedy", 0)
