"""The page of a robustness test: marks what was changed, shows texts as text, and says which sample broke the model."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from windward.evals.robtest.classifier import FunctionClassifier
from windward.evals.robtest.measure import RobTestConfig, measure
from windward.reports.robtest import robtest_page
from windward.reports.robtest_shown import marked
from windward.reports.run_folder import ReportError
from windward.rows.labelled import Labelled

DATA = [
    Labelled("1", "a good <b>film</b> with heart & soul", 1),
    Labelled("2", "a bad film with <script>alert(1)</script>", 0),
]


def _keyword(texts: Sequence[str]) -> NDArray[np.float64]:
    positive = np.array([0.9 if "good" in text else 0.1 for text in texts])
    return np.stack([1 - positive, positive], axis=1)


def test_changes_are_marked_in_both_texts() -> None:
    before, after = marked("a <b> c", ((2, 5, "<i>"), (7, 7, " d")))
    assert before == "a <mark>&lt;b&gt;</mark> c"
    assert after == "a <mark>&lt;i&gt;</mark> c<mark> d</mark>"


def test_the_page_shows_what_broke_the_model_and_runs_nothing(tmp_path: Path) -> None:
    config = RobTestConfig(("typo",), (0.2, 0.6), samples=10)
    measure(
        FunctionClassifier(_keyword, "a <i>model</i>"),
        DATA,
        ("no", "yes"),
        config,
        tmp_path,
        dataset="two",
        tell=lambda line: None,
    )
    text = robtest_page(tmp_path)
    assert "1 of 2 texts broken" in text
    assert "right is yes" in text
    assert "right is no" not in text
    assert "a &lt;i&gt;model&lt;/i&gt; is right on 100.0\N{NO-BREAK SPACE}% of clean texts" in text
    assert "<script>alert" not in text
    assert "<b>film" not in text


def test_a_folder_without_figures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"no results\.parquet"):
        robtest_page(tmp_path)
