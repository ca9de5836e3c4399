"""`windward feedback` from the command line: what it writes, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from feedback_endpoint import reply_to
from feedback_rows import write_some
from windward.cli import app
from windward.feedback import read_feedback_pairs, read_records
from windward.feedback.criticise import critic_messages
from windward.models import scripted
from windward.rows import read_results
from windward.rows.results import select


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Whatever a user names is a model that answers, judges and criticises; made once a name."""
    made: dict[str, Any] = {}

    def resolve(name: str, base_url: str | None = None) -> Any:
        return made.setdefault(name, scripted(lambda messages: reply_to(messages, clumsy=1 << 70), name=name))

    monkeypatch.setattr("windward.models.resolve", resolve)
    return made


def call(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["feedback", *map(str, arguments)])


def write_instructions(path: Path, count: int = 6) -> Path:
    path.write_text("".join(json.dumps({"instruction": f"Tell me of {n}.", "source": "flan"}) + "\n" for n in range(count)))  # fmt: skip
    return path


@pytest.fixture
def sampled(tmp_path: Path) -> Path:
    """A folder of records with four completions each."""
    (tmp_path / "sampled").mkdir()
    return write_some(tmp_path / "sampled" / "records.parquet", 6).parent


def test_instructions_become_pairs_step_by_step(tmp_path: Path) -> None:
    steps = ("sampled", "annotated", "criticised", "audited", "pairs")
    at = {name: tmp_path / name for name in steps}
    pool = [word for name in "abcde" for word in ("--model", name)]
    for name, arguments in zip(
        steps,
        (
            ("sample", write_instructions(tmp_path / "instructions.jsonl"), *pool),
            ("annotate", at["sampled"], "--judge", "J"),
            ("critique", at["annotated"], "--judge", "J"),
            ("audit", at["criticised"], "--judge", "J"),
            ("pairs", at["audited"], "--held-out", 0.5),
        ),
        strict=True,
    ):
        seen = call(*arguments, "--out", at[name])
        assert seen.exit_code == 0, seen.output
        assert f"results: {at[name] / ('pairs' if name == 'pairs' else 'records')}.parquet" in seen.stdout
        assert (at[name] / "run.json").is_file()
        assert (at[name] / "results.parquet").is_file()
    train, held = (
        list(read_feedback_pairs(at["pairs"] / f"{name}.parquet")) for name in ("pairs", "held_out")
    )
    assert train
    assert held
    assert not {one.record_id for one in train} & {one.record_id for one in held}
    counted = read_results(at["pairs"] / "results.parquet")
    assert select(counted, metric="pairs", split="train")[0].value == len(train)
    shown = CliRunner().invoke(app, ["runs", "show", str(at["annotated"])])
    assert "annotate" in shown.stdout
    assert shown.exit_code == 0


def test_options_of_the_steps_reach_what_they_decide(tmp_path: Path, sampled: Path) -> None:
    few = call("sample", write_instructions(tmp_path / "instructions.jsonl"), "--model", "x", "--model", "y", "--k", 2, "--mixture", "released", "--temperature",
               0.5, "--max-tokens", 7, "--seed", 3, "--shard", "2/3", "--out", tmp_path / "few")  # fmt: skip
    assert few.exit_code == 0, few.output
    settings = json.loads((tmp_path / "few" / "run.json").read_text())["settings"]
    assert [settings[name] for name in ("models", "k", "mixture", "temperature", "max_tokens", "seed", "shard")] == [
        ["x", "y"], 2, "released", 0.5, 7, 3, "2/3"]  # fmt: skip
    assert len(list(read_records(tmp_path / "few" / "records.parquet"))) == 2
    seen = call("annotate", sampled, "--judge", "J", "--judge", "verifier", "--aspect", "honesty", "--shuffles", 2, "--references", "none",
                "--tries", 1, "--out", tmp_path / "annotated")  # fmt: skip
    assert seen.exit_code == 0, seen.output
    (first, *_) = read_records(tmp_path / "annotated" / "records.parquet")
    ratings = [(one.aspect, one.judge) for one in first.completions[0].ratings if one.kind == "model"]
    assert ratings == [("honesty", "J")] * 2
    settings = json.loads((tmp_path / "annotated" / "run.json").read_text())["settings"]
    assert [settings[name] for name in ("aspects", "shuffles", "references", "tries")] == [["honesty"], 2, "none", 1]  # fmt: skip


def test_shards_are_merged(tmp_path: Path, sampled: Path) -> None:
    for number in (1, 2):
        call("annotate", sampled, "--judge", "J", "--shard", f"{number}/2", "--out", tmp_path / str(number))
    seen = call("merge", tmp_path / "2", tmp_path / "1", "--out", tmp_path / "merged")
    assert seen.exit_code == 0, seen.output
    assert "6 records of 2 shards" in seen.stdout
    call("annotate", sampled, "--judge", "J", "--out", tmp_path / "whole")
    merged, whole = ((tmp_path / name / "records.parquet").read_bytes() for name in ("merged", "whole"))
    assert merged == whole


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_records_go_out_in_the_public_schema_and_come_back(
    tmp_path: Path, sampled: Path, ending: str
) -> None:
    call("annotate", sampled, "--judge", "J", "--out", tmp_path / "annotated")
    file = tmp_path / f"public.{ending}"
    seen = call("export", tmp_path / "annotated", "--schema", "ultrafeedback", "--out", file)
    assert seen.exit_code == 0, seen.output
    ours = list(read_records(tmp_path / "annotated" / "records.parquet"))
    theirs = list(read_records(file))
    assert [one.instruction for one in theirs] == [one.instruction for one in ours]
    assert [[c.fine_grained() for c in one.completions] for one in theirs] == [
        [c.fine_grained() for c in one.completions] for one in ours
    ]
    again = call("pairs", file, "--out", tmp_path / "pairs")
    assert again.exit_code == 0, again.output


def test_an_endpoint_is_named_with_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str | None]] = []

    def resolve(name: str, base_url: str | None = None) -> Any:
        asked.append((name, base_url))
        return scripted(lambda messages: "Yes.", name=name)

    monkeypatch.setattr("windward.models.resolve", resolve)
    call("sample", write_instructions(tmp_path / "in.jsonl"), "--k", 2, "--model", "org/a@http://one:1/v1", "--model", "b", "--base-url",
         "http://two:2/v1", "--out", tmp_path / "out")  # fmt: skip
    assert asked == [("org/a", "http://one:1/v1"), ("b", "http://two:2/v1")]


def test_recorded_replies_are_a_judge(tmp_path: Path, sampled: Path) -> None:
    records = list(read_records(sampled / "records.parquet"))
    said = "Good.\n\nOverall Score: 7"
    rows = [{"messages": critic_messages(one.instruction, completion), "reply": said} for one in records for completion in one.completions]  # fmt: skip
    file = tmp_path / "said.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    seen = call("critique", sampled, "--judge", f"replay:{file}", "--out", tmp_path / "out")
    assert seen.exit_code == 0, seen.output
    made = list(read_records(tmp_path / "out" / "records.parquet"))
    assert {one.critique and one.critique.score for record in made for one in record.completions} == {7.0}
    file.write_text("")
    seen = call("critique", sampled, "--judge", f"replay:{file}", "--out", tmp_path / "none")
    assert seen.exit_code == 2
    assert "0 replies were recorded for this prompt" in seen.stderr


def test_rows_that_failed_end_the_command_with_2_and_the_same_command_goes_on(
    tmp_path: Path, sampled: Path, models: dict[str, Any]
) -> None:
    models["J"] = scripted([], name="J")  # it has nothing to say
    seen = call("annotate", sampled, "--judge", "J", "--out", tmp_path / "out")
    assert (seen.exit_code, "Traceback" in seen.output) == (2, False)
    assert "error: 6 of 6 rows of annotate failed" in seen.stderr
    del models["J"]
    seen = call("annotate", sampled, "--judge", "J", "--out", tmp_path / "out")
    assert seen.exit_code == 0, seen.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("annotate", "gone", "--judge", "J", "--out", "o"), "gone: there is no such file"),
        (("sample", "gone.jsonl", "--model", "a", "--out", "o"), "4 completions of different models, and 1 are named"),
        (("critique", "gone", "--judge", "replay:not.jsonl", "--out", "o"), "not.jsonl: there is no such file of recorded replies"),
        (("annotate", "gone", "--judge", "J", "--shard", "9/8", "--out", "o"), "there is no shard 9/8"),
        (("annotate", "gone", "--judge", "J", "--shard", "1/2", "--ray", 2, "--out", "o"), "exclude each other"),
        (("pairs", "gone", "--score", "overall", "--kind", "verifier", "--out", "o"), "verifiers give no overall score"),
        (("export", "gone", "--out", "o.csv"), "gone: there is no such file"),
        (("merge", "gone", "--out", "o"), "gone is no folder of a step of windward feedback"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = call(*arguments)
    assert seen.exit_code == 2
    assert said in seen.stderr
    assert "Traceback" not in seen.output
    assert not (tmp_path / "o").exists()


def test_a_mix_takes_the_first_source_whole_and_as_many_of_the_others(tmp_path: Path) -> None:
    row = {"chosen": "x", "rejected": "y"}
    for name, rows in {
        "ours": [row | {"prompt": f"a{n}", "margin": 0.5} for n in range(2)],
        "shp": [row | {"prompt": f"b{n}"} for n in range(5)],
    }.items():
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet")
    sources = [f"{name}={tmp_path / name}.parquet" for name in ("ours", "shp")]
    seen = call("mix", *sources, "--out", tmp_path / "mix.parquet")
    assert seen.exit_code == 0 and "shp: 2 pairs" in seen.stdout
    mixed = pq.read_table(tmp_path / "mix.parquet").to_pylist()
    assert sorted((one["source"], one["margin"]) for one in mixed) == [("ours", 0.5)] * 2 + [("shp", 0.0)] * 2
    for wrong, said in (("x.parquet", "NAME=FILE"), (f"x={tmp_path}/gone.parquet", "gone.parquet")):
        refused = call("mix", wrong, "--out", tmp_path / "no.parquet")
        assert refused.exit_code == 2 and said in refused.stderr and not (tmp_path / "no.parquet").exists()
