"""The control study end to end, at a size that shows nothing but that it runs, stops and goes on."""

import json
import os
from dataclasses import replace

import pytest

from windward.evals.folder import FolderError
from windward.recipes.controllable import study
from windward.recipes.controllable.config import ControlStudyConfig
from windward.recipes.controllable.methods import methods
from windward.recipes.controllable.worlds import SMALL
from windward.recipes.errors import RecipeError
from windward.reports.controllable import write_control_report
from windward.reports.run_folder import ReportError
from windward.rows import read_results, select

TINY = ControlStudyConfig(seeds=1, answers=3, limit=8, held_out=1, sft_batch=8, dpo_batch=2, max_steps=2)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\"'&"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study that keeps one method's checkpoint; its folder, what it said, and the checkpoints there whenever a policy was asked."""
    out = tmp_path_factory.mktemp("control") / "study"
    said, there, asked = [], [], study.asked

    def seen(*args, **settings):
        trained = (out / "checkpoints" / "1").glob("*/training.json")
        there.append(sorted(one.parent.name for one in trained))
        return asked(*args, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "asked", seen)
        study.run_control_study(out, TINY, keep=["cdpo"], tell=said.append)
    return out, said, there


def test_every_method_answers_every_condition(finished):
    out, said, _ = finished
    for name in methods(SMALL):
        lines = (out / "answers" / "1" / f"{name}.jsonl").read_text().splitlines()
        assert len(lines) == len(SMALL.conditions())
        assert json.loads((out / "training" / "1" / f"{name}.json").read_text())["losses"]
    results = read_results(out / "results.parquet")
    assert {row.condition["method"] for row in select(results, metric="hypervolume")} == set(methods(SMALL))
    assert any("CDPO, released formula" in line for line in said)


def test_what_is_done_is_not_done_again(finished, monkeypatch):
    out, *_ = finished
    before = (out / "results.parquet").read_bytes()

    def refuse(*args):
        raise AssertionError("trained again")

    monkeypatch.setattr(study, "train", refuse)
    study.run_control_study(out, TINY, tell=lambda line: None)
    assert (out / "results.parquet").read_bytes() == before


def test_more_seeds_go_on_where_fewer_ended(finished, monkeypatch):
    out, *_ = finished
    said = []

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "train", stop)
    with pytest.raises(KeyboardInterrupt):
        study.run_control_study(out, replace(TINY, seeds=2), tell=said.append)
    assert said == ["seed 2: SFT"]


def test_a_study_that_was_cut_off_goes_on_to_the_same_answers(finished, tmp_path, monkeypatch):
    whole, *_ = finished
    out, asked, times = tmp_path / "study", study.asked, []

    def once(*args, **settings):
        if times:
            raise KeyboardInterrupt
        times.append(1)
        return asked(*args, **settings)

    monkeypatch.setattr(study, "asked", once)
    with pytest.raises(KeyboardInterrupt):
        study.run_control_study(out, TINY, tell=lambda line: None)
    first = out / "answers" / "1" / "sft.jsonl"
    stamp = first.stat().st_mtime_ns
    monkeypatch.setattr(study, "asked", asked)
    study.run_control_study(out, TINY, tell=lambda line: None)
    assert first.stat().st_mtime_ns == stamp
    for name in methods(SMALL):
        file = os.path.join("answers", "1", f"{name}.jsonl")
        assert (out / file).read_text() == (whole / file).read_text()


def test_a_checkpoint_is_dropped_when_nothing_starts_from_it_any_more_and_a_named_one_is_kept(finished):
    out, _, there = finished
    assert there == [
        ["sft"],
        ["cpsft", "sft"],
        ["cpsft", "dpo-detail", "sft"],
        ["cpsft", "dpo-brevity", "sft"],
        ["cdpo", "cpsft"],
        ["cdpo", "cdpo-even", "cpsft"],
        ["cdpo", "cdpo-released", "cpsft"],
    ]
    assert [one.name for one in (out / "checkpoints" / "1").iterdir()] == ["cdpo"]


def test_a_method_that_is_none_cannot_be_kept(tmp_path):
    with pytest.raises(RecipeError, match=r"'cdop'.*cdpo-released"):
        study.run_control_study(tmp_path / "study", TINY, keep=["cdop"])
    assert not (tmp_path / "study").exists()


def test_another_study_is_not_mixed_in(finished):
    out, *_ = finished
    with pytest.raises(FolderError, match="another run"):
        study.run_control_study(out, ControlStudyConfig(seeds=1, answers=4), tell=lambda line: None)


def test_the_page_shows_hostile_answers_as_text(finished, tmp_path):
    out, *_ = finished
    folder = tmp_path / "shown"
    (folder / "answers" / "1").mkdir(parents=True)
    (folder / "results.parquet").write_bytes((out / "results.parquet").read_bytes())
    for name in methods(SMALL):
        told = {
            "instruction": HOSTILE,
            "requested": {HOSTILE: 1.0},
            "answer": HOSTILE,
            "ratings": {HOSTILE: None},
        }
        (folder / "answers" / "1" / f"{name}.jsonl").write_text(json.dumps(told) + "\n")
    text = write_control_report(folder).read_text()
    assert text.count("<script>") == 1
    assert "<img" not in text and "\u202e" not in text
    assert "⟨U+202E⟩" in text


def test_a_page_without_figures_is_refused(tmp_path):
    with pytest.raises(ReportError, match="windward controllable study"):
        write_control_report(tmp_path)


@pytest.mark.parametrize("wrong", [{"seeds": 0}, {"answers": 1}, {"noise": 1.0}, {"samples": 0}])
def test_settings_that_mean_nothing_are_refused(wrong):
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        ControlStudyConfig(**wrong)
