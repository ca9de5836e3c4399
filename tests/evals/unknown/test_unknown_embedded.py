"""The embedded model on made-up questions, end to end, with every elicitation; the figures are nothing to be proud of."""

from __future__ import annotations

from pathlib import Path

import pytest

from windward.evals.unknown.confidence.choosing import NAMES
from windward.evals.unknown.measure import UnknownConfig, measure_unknown
from windward.evals.unknown.records import questions
from windward.models import embedded
from windward.rows import read_results, select

ASKED = [
    *questions("Mine", "answerable", [("What is the capital of Italy?", ("Rome",), "")]),
    *questions("Mine", "unanswerable", [("What is the capital of Blorbia?", (), "")]),
]


@pytest.mark.slow
def test_the_embedded_model_gives_every_elicitation_and_goes_on_where_it_was(tmp_path: Path) -> None:
    config = UnknownConfig(samples=2, max_tokens=24)
    model = embedded()
    run = measure_unknown(model, ASKED, tmp_path / "run", config, judge=model, tell=lambda _: None)
    for one in run.answered:
        assert one.response and set(one.confidences) == set(NAMES)
        for confidence in one.confidences.values():
            assert (confidence.value is None) == bool(confidence.absent)
        assert all(
            one.confidences[name].value is not None
            for name in ("expected-digit", "entropy", "question-perplexity")
        )
    masses = select(read_results(run.results), metric="digit_mass")
    assert len(masses) == 4 and all(0 < row.value < 1 for row in masses)
    before = run.answers.read_bytes()
    again = measure_unknown(embedded(), ASKED, tmp_path / "run", config, judge=model, tell=lambda _: None)
    assert again.answers.read_bytes() == before
