"""The whole of it on the embedded model, with no part replaced: minutes."""

import json
from dataclasses import replace

import pytest

from windward.recipes.quickstart import SIZES, QuickstartConfig, run_quickstart
from windward.rows import read_results, select


@pytest.mark.slow
def test_a_small_run_on_the_embedded_model_ends_with_every_figure(tmp_path):
    tiny = SIZES["tiny"]
    size = replace(
        tiny,
        train=24,
        test=6,
        test_families=6,
        sft=replace(tiny.sft, max_steps=2),
        preference=replace(tiny.preference, max_steps=1),
    )
    report = run_quickstart(QuickstartConfig(), tmp_path / "run", size=size)
    assert report.exists()
    results = read_results(tmp_path / "run" / "results.parquet")
    stages = {result.condition["stage"] for result in select(results, metric="success_rate")}
    assert {"before", "sft"} <= stages
    steps = {step["name"]: step for step in json.loads((tmp_path / "run" / "steps.json").read_text())}
    assert steps["grow trees"]["calls"] >= 24 * 6
