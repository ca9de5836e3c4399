"""Steps over files of records: in order, byte for byte, nothing lost, nothing bought twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback_rows import Judge, record, write_instructions, write_some
from windward.evals.folder import FolderError
from windward.feedback import FeedbackFileError, Record, read_records
from windward.journal import Journal, RowsFailedError, run
from windward.journal.summary import summarize
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.configs import AnnotateConfig, AuditConfig, CritiqueConfig, Pace, SampleConfig
from windward.recipes.feedback.stages import run_config
from windward.recipes.feedback.stream import Shard, run_stage
from windward.rows import read_results
from windward.rows.results import select


def quiet(line: str) -> None:
    pass


def annotate(folder: Path, source: Path, judge: Judge, **pace: int) -> bytes:
    config = AnnotateConfig(source, ("J",))
    return run_config(config, folder, Pace(**pace), given={"J": judge}, tell=quiet).read_bytes()


def test_the_records_are_the_same_bytes_whatever_the_concurrency(tmp_path: Path) -> None:
    source = write_some(tmp_path / "in.parquet", 30)
    one = annotate(tmp_path / "a", source, Judge(), concurrency=1)
    for number, concurrency in enumerate((3, 64)):
        many = annotate(tmp_path / str(number), source, Judge(seed=number), concurrency=concurrency)
        assert many == one


async def test_rows_come_out_in_their_order_however_large_the_chunks(tmp_path: Path) -> None:
    async def fn(one: Record) -> Record:
        return one.with_completions(one.completions[:1])

    made = []
    for chunk in (1, 3, 7, 50):
        target = tmp_path / f"{chunk}.parquet"
        with Journal(tmp_path / str(chunk)) as journal:
            rows = [record(number) for number in range(20)]
            count = await run_stage(fn, rows, target, journal=journal, stage="s", total=20, chunk=chunk)
        assert count == 20
        made.append(target.read_bytes())
    assert [one.id for one in read_records(tmp_path / "3.parquet")] == [f"r{number}" for number in range(20)]
    assert set(made) == {made[0]}


def test_a_row_that_fails_stops_no_other_and_only_what_is_missing_is_asked_again(tmp_path: Path) -> None:
    source = write_some(tmp_path / "in.parquet", 12)
    failing = Judge(fails_on="thing 7.")
    with pytest.raises(
        RowsFailedError, match=r"1 of 12 rows of annotate failed \(00000007 r7: J: status 404\)"
    ):
        annotate(tmp_path / "out", source, failing)
    assert not (tmp_path / "out" / "records.parquet").exists()
    assert not (tmp_path / "out" / "records.parquet.part").exists()
    assert [(row.done, row.failed) for row in summarize(tmp_path / "out").rows] == [(11, 1)]
    well = Judge()
    assert annotate(tmp_path / "out", source, well) == annotate(tmp_path / "whole", source, Judge())
    assert 4 <= well.calls <= 12  # the four aspects of one record, and what could not be read the first time


def test_the_same_command_again_asks_nothing(tmp_path: Path) -> None:
    source = write_some(tmp_path / "in.parquet", 5)
    first = annotate(tmp_path / "out", source, Judge())
    again = Judge()
    assert annotate(tmp_path / "out", source, again) == first
    assert again.calls == 0


def test_every_step_adds_to_the_records_and_says_what_it_counted(tmp_path: Path) -> None:
    pool = {name: Judge(name) for name in "abcde"}
    instructions = write_instructions(tmp_path / "instructions.jsonl", 10)
    run_config(SampleConfig(instructions, tuple(pool)), tmp_path / "1", given=pool, tell=quiet)
    judges = {"J": Judge()}
    run_config(AnnotateConfig(tmp_path / "1", ("J",)), tmp_path / "2", given=judges, tell=quiet)
    run_config(CritiqueConfig(tmp_path / "2", "J"), tmp_path / "3", given=judges, tell=quiet)
    run_config(AuditConfig(tmp_path / "3", "J"), tmp_path / "4", given=judges, tell=quiet)
    records = list(read_records(tmp_path / "4" / "records.parquet"))
    assert [one.id for one in records] == [f"i{number}" for number in range(10)]
    for one in records:
        assert len({completion.model for completion in one.completions}) == 4
        for completion in one.completions:
            assert [rating.value is not None for rating in completion.ratings] == [True] * 4
            assert completion.critique is not None
            assert completion.critique.audit in ("kept", "repaired", "doubtful")
    results = read_results(tmp_path / "2" / "results.parquet")
    assert [row.value for row in select(results, metric="completions")] == [40]
    (rate,) = select(results, metric="unreadable_reply_rate")
    (calls,) = select(results, metric="calls")
    assert rate.n == calls.value == judges_calls(tmp_path / "2")
    assert rate.unparsed == rate.n - 40 > 0  # 10 records × 4 aspects were read in the end
    settings = json.loads((tmp_path / "2" / "run.json").read_text())["settings"]
    assert (settings["stage"], settings["judges"], settings["shard"]) == ("annotate", ["J"], "1/1")


def judges_calls(folder: Path) -> int:
    return summarize(folder).total.done


def test_references_none_tells_a_judge_nothing(tmp_path: Path) -> None:
    rows = [{"id": "t", "source": "truthful_qa", "instruction": "Why?", "correct_answers": ["Because of RIGHT"],
             "completions": [{"model": "m", "text": "So."}]}]  # fmt: skip
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = {}
    for references in ("auto", "none"):
        config = AnnotateConfig(source, ("J",), aspects=("truthfulness",), references=references)
        run_config(config, tmp_path / references, given={"J": Judge(fails_on="RIGHT")} if references == "none" else {"J": Judge()}, tell=quiet)  # fmt: skip
        with Journal(tmp_path / references) as journal:
            told[references] = "".join(
                request for (request,) in journal._read("SELECT request FROM intents", ())
            )
    assert "RIGHT" in told["auto"]
    assert "RIGHT" not in told["none"]


def test_a_verifier_rates_what_the_checks_say_and_calls_nobody(tmp_path: Path) -> None:
    row = {"id": "v", "source": "computed", "instruction": "Name bread.", "checks": [{"kind": "mentions", "any_of": ["bread"]}],
           "completions": [{"model": "m", "text": "Bread."}, {"model": "n", "text": "No."}]}  # fmt: skip
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(row))
    out = run_config(AnnotateConfig(source, ("verifier",)), tmp_path / "out", tell=quiet)
    (made,) = read_records(out)
    assert [one.rating("helpfulness", "verifier") for one in made.completions] == [5.0, 1.0]
    assert summarize(tmp_path / "out").total.attempts == 0


def test_a_changed_input_or_option_is_refused_in_the_same_folder(tmp_path: Path) -> None:
    annotate(tmp_path / "out", write_some(tmp_path / "in.parquet", 2), Judge())
    with pytest.raises(FolderError, match="input_sha256"):
        annotate(tmp_path / "out", write_some(tmp_path / "more.parquet", 3), Judge())
    config = AnnotateConfig(tmp_path / "in.parquet", ("J",), shuffles=2)
    with pytest.raises(FolderError, match="shuffles was 1, now 2"):
        run_config(config, tmp_path / "out", given={"J": Judge()}, tell=quiet)


def test_a_pool_that_is_too_small_or_names_a_model_twice_is_refused(tmp_path: Path) -> None:
    instructions = write_instructions(tmp_path / "instructions.jsonl", 2)
    with pytest.raises(RecipeError, match="4 completions of different models, and 1 are named"):
        run_config(SampleConfig(instructions, ("a",)), tmp_path / "out", given={"a": Judge("a")})
    twice = {"a": Judge("same"), "b": Judge("same")}
    with pytest.raises(RecipeError, match="a second time"):
        run_config(SampleConfig(instructions, ("a", "b"), k=2), tmp_path / "out", given=twice)


def test_input_that_is_not_there_empty_or_broken_is_said(tmp_path: Path) -> None:
    given = {"J": Judge()}
    with pytest.raises(RecipeError, match=r"gone\.parquet: there is no such file"):
        run_config(AnnotateConfig(tmp_path / "gone.parquet", ("J",)), tmp_path / "out", given=given)
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(RecipeError, match="holds no rows"):
        run_config(AnnotateConfig(tmp_path / "empty.jsonl", ("J",)), tmp_path / "out", given=given)
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(FeedbackFileError, match="cannot be read as Parquet"):
        run_config(AnnotateConfig(tmp_path / "cut.parquet", ("J",)), tmp_path / "out", given=given)
    assert not (tmp_path / "out").exists()


def test_a_shard_is_every_nth_row_and_is_written_like_3_8() -> None:
    assert Shard.parse("3/8") == Shard(3, 8)
    assert [Shard(number, 3).rows(8) for number in (1, 2, 3)] == [3, 3, 2]
    for wrong in ("0/2", "3/2", "1", "a/b", "1/", "-1/2"):
        with pytest.raises(ValueError, match="shard"):
            Shard.parse(wrong)


def test_a_changed_record_is_asked_anew(tmp_path: Path) -> None:
    asked = []

    async def fn(one: Record) -> Record:
        asked.append(one.instruction)
        return one

    def go(*records: Record) -> None:
        with Journal(tmp_path) as journal:
            run(run_stage(fn, records, tmp_path / "out.parquet", journal=journal, stage="s", total=2))

    go(record(0), record(1))
    go(record(0), Record("r1", "flan", "Something else."))
    assert asked == ["Tell me of thing 0.", "Tell me of thing 1.", "Something else."]
