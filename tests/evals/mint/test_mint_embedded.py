"""The embedded model on all eight tasks, end to end; the figures are nothing to be proud of."""

import mint_policies as fakes
import pytest

from windward.evals.mint.live import RUNS, run_live
from windward.evals.mint.record import read_runs
from windward.models import embedded
from windward.rows import read_results


@pytest.mark.slow
def test_the_embedded_model_plays_every_family_and_goes_on_where_it_was(tmp_path):
    data, out = fakes.write_problems(tmp_path / "data"), tmp_path / "run"
    options = {
        "tasks": ["reasoning", "code_generation"],
        "data": data,
        "turns": 2,
        "max_tokens": 64,
        "out": out,
    }
    table = run_live(model=embedded(), feedback=embedded(), **options)
    records = read_runs(out / RUNS)
    assert len(records) == 8
    assert all(1 <= record.run.turns <= 2 and not record.run.error for record in records)
    assert any(turn.feedback is not None for record in records for turn in record.episode.turns)
    before = read_results(table)
    assert read_results(run_live(model=embedded(), feedback=embedded(), **options)) == before
