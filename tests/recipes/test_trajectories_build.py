"""From files of runs to a folder of rows: what is planted is caught, counts add up, and the same gives the same bytes."""

import json
import os
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from trajectory_fakes import prose, recorded, talk, write_lines, write_recording
from windward.evals.folder import FolderError
from windward.recipes.codeact.build import DROPPED, ROWS, TrajectoriesConfig, build_trajectories
from windward.recipes.codeact.evaluation_sets import items_of, known_items, known_sets
from windward.recipes.codeact.runs import RunsError
from windward.recipes.codeact.select import SelectionConfig
from windward.rows import TRAJECTORY_SCHEMA


def build(out, *runs, told=None, **options):
    selection = SelectionConfig(
        **{name: options.pop(name) for name in list(options) if name in SelectionConfig.__dataclass_fields__}
    )
    config = TrajectoriesConfig(runs=runs, selection=selection, **options)
    build_trajectories(config, out, tell=(told.append if told is not None else lambda line: None))
    return pq.read_table(out / ROWS).to_pylist(), json.loads((out / DROPPED).read_text())


def dropped(found):
    return {one["name"]: one["dropped"] for one in found["filters"] if one["dropped"]}


@pytest.fixture
def recording(tmp_path):
    """Six good runs of two sources, a copy of the first under another budget, one that failed."""
    rows = [recorded(number, task="math" if number % 2 else "gsm8k") for number in range(6)]
    rows += [recorded(0, max_turns=4), recorded(6, success=False)]
    return write_recording(tmp_path / "runs.parquet", rows)


@pytest.fixture
def chats(tmp_path):
    return write_lines(tmp_path / "chats.jsonl", [talk(number) for number in range(20, 23)])


def test_rows_are_written_with_what_was_dropped(recording, tmp_path):
    rows, found = build(tmp_path / "out", recording)
    assert pq.read_schema(tmp_path / "out" / ROWS).equals(TRAJECTORY_SCHEMA)
    assert dropped(found) == {"failed": 1, "near_duplicate": 1}
    assert found["read"] == {"runs": 8, "by_source": {"gsm8k": 5, "math": 3}}
    assert found["kept"] == {"rows": 6, "by_source": {"gsm8k": 3, "math": 3}}
    assert found["never_score"]["mint"] == 6
    assert [row["id"] for row in rows] == [
        *(f"gsm8k/{number}/m/k{5 if number else 4}" for number in (0, 2, 4)),
        *(f"math/{number}/m/k5" for number in (1, 3, 5)),
    ]
    assert {tuple(row["learn"]) for row in rows} == {(False, False, True, False, False, False, True)}


def test_the_filters_stand_in_their_order_and_their_counts_add_up(recording, chats, tmp_path):
    _, found = build(tmp_path / "out", recording, chats, per_problem=1, per_source=2, learn="all")
    names = [one["name"] for one in found["filters"]]
    assert names == [
        "unjudged", "failed", "unconfirmed", "feedback", "turns", "all_invalid", "odd_history", "no_progress", "made_up", "acts_twice", "length",
        "contaminated", "near_duplicate", "per_problem", "per_source",
    ]  # fmt: skip
    left = found["read"]["runs"]
    for one in found["filters"]:
        left -= one["dropped"]
        assert one["left"] == left
        assert sum(one["by_source"].values()) == one["dropped"]
    assert left == found["kept"]["rows"] == 6
    assert found["kept"]["by_source"] == {"chat": 2, "gsm8k": 2, "math": 2}


def test_the_same_command_gives_the_same_bytes(recording, chats, tmp_path):
    item = write_lines(tmp_path / "quiz.jsonl", [{"text": f"Count {prose(21)}."}])
    options = {"against": (str(item),), "per_source": 2, "seed": 5}
    build(tmp_path / "one", recording, chats, **options)
    build(tmp_path / "two", recording, chats, **options)
    for name in (ROWS, DROPPED):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    before = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    build(tmp_path / "one", recording, chats, **options)
    assert {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()} == before
    assert set(before) == {ROWS, DROPPED, "run.json", "report.html"}


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_bytes_do_not_hang_on_how_python_hashes(recording, chats, tmp_path, hash_seed):
    import subprocess
    import sys

    build(tmp_path / "here", recording, chats)
    command = [
        sys.executable,
        "-m",
        "windward",
        "trajectories",
        recording,
        chats,
        "--out",
        tmp_path / "there",
    ]
    environment = {key: value for key, value in os.environ.items() if key != "WINDWARD_DATA"}
    subprocess.run(command, check=True, capture_output=True, env=environment | {"PYTHONHASHSEED": hash_seed})
    for name in (ROWS, DROPPED):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


@pytest.mark.parametrize(
    "plant",
    [
        lambda text: text,
        lambda text: text.upper().replace(" ", "\n  "),
        lambda text: text.replace(" ", " , ") + " !!",
        lambda text: f"Before you begin, read this. {text} Then say what you found, in one word.",
    ],
)
@pytest.mark.parametrize("where", ["the task", "an observation", "the agent's words"])
def test_a_planted_evaluation_problem_is_caught_wherever_it_stands(tmp_path, plant, where):
    item = f"How long does it take until all of {prose(90)} are gone?"
    quiz = write_lines(tmp_path / "quiz.jsonl", [{"question": item}, {"question": f"Or {prose(91)}?"}])
    messages = talk(20)["messages"]
    place = {"the task": 1, "an observation": 3, "the agent's words": 2}[where]
    messages[place] = messages[place] | {"content": f"{messages[place]['content']} {plant(item)}"}
    chats = write_lines(tmp_path / "chats.jsonl", [talk(20, messages=messages), talk(21), talk(22)])
    rows, found = build(tmp_path / "out", chats, against=(str(quiz),))
    assert [row["id"] for row in rows] == ["talk21", "talk22"]
    assert dropped(found) == {"contaminated": 1}
    assert found["compared_with"] == {"quiz": 2}
    assert found["contaminated"]["runs_by_set"] == {"quiz": 1}
    [overlap] = found["contaminated"]["overlaps"]
    assert (overlap["run"], overlap["set"], overlap["item"], overlap["share"]) == ("talk20", "quiz", "1", 1.0)
    assert prose(90) not in " ".join(
        message["content"].lower() for row in rows for message in row["messages"]
    )


@pytest.fixture
def data(tmp_path):
    """A data folder with MINT's problem 2, an item of SVAMP and MMLU's questions, of which one stands in a chat."""
    folder = tmp_path / "data"
    for name in ("mint", "reasoning", "mmlu/test"):
        (folder / name).mkdir(parents=True)
    write_lines(
        folder / "mint" / "gsm8k.json", [{"id": 2, "prompt": f"How many {prose(2)}?", "reference": "1"}]
    )
    svamp = [{"ID": "chal-1", "Body": f"There are {prose(4)}", "Question": "How many are left?"}]
    (folder / "reasoning" / "svamp.json").write_text(json.dumps(svamp))
    (folder / "mmlu" / "test" / "maths_test.csv").write_text(
        f'"Count {prose(21)}.",1,2,3,4,A\nShort?,{prose(95)},b,c,d,A\n'
    )
    return folder


def test_a_set_that_the_stamp_rules_out_costs_no_row_and_is_counted(recording, chats, data, tmp_path):
    rows, found = build(tmp_path / "out", recording, chats, data=data)
    # MMLU is ruled out for MINT's problems, and not for the conversation in which its question stands.
    assert dropped(found) == {"failed": 1, "contaminated": 2, "near_duplicate": 1}
    assert found["contaminated"]["runs_by_set"] == {"mmlu": 1, "svamp": 1}
    assert found["compared_with"] == {"mint": 1, "svamp": 1, "mmlu": 2}
    assert found["ruled_out_overlaps"] == {"mint": 1}
    assert "gsm8k/2/m/k5" in [row["id"] for row in rows]


def test_a_set_that_is_asked_for_by_name_drops_rows_whatever_their_stamp(recording, data, tmp_path):
    rows, found = build(tmp_path / "out", recording, data=data, against=("mint",))
    assert "gsm8k/2/m/k5" not in [row["id"] for row in rows]
    assert found["contaminated"]["runs_by_set"] == {"mint": 1, "svamp": 1}
    assert found["ruled_out_overlaps"] == {}


def test_what_it_was_compared_with_is_said(recording, data, tmp_path):
    for options, said in (
        ({"data": data}, "compared with 4 items of mint, svamp, mmlu"),
        ({"data": None}, "compared with no evaluation set: set WINDWARD_DATA"),
        ({"data": tmp_path}, "holds none that is known"),
    ):
        told = []
        build(tmp_path / said[-4:], recording, told=told, **options)
        assert any(said in line for line in told)


def test_a_users_set_is_read_from_each_kind_of_file(tmp_path):
    import pyarrow as pa

    folder = tmp_path / "sets"
    folder.mkdir()
    write_lines(folder / "a.jsonl", [{"text": "one"}, {"messages": [{"role": "user", "content": "two"}, {"role": "assistant", "content": "x"}]}])  # fmt: skip
    (folder / "b.json").write_text(json.dumps([{"prompt": "three"}]))
    (folder / "c.csv").write_text('id,question\n1,"four, or more"\n')
    pq.write_table(pa.table({"instruction": ["five"]}), folder / "d.parquet")
    (folder / "notes.md").write_text("no set")
    assert [(item.set, item.id, item.text) for item in items_of(folder)] == [
        ("a", "1", "one"), ("a", "2", "two"), ("b", "1", "three"), ("c", "1", "four, or more"), ("d", "1", "five"),
    ]  # fmt: skip


def test_a_users_set_without_texts_is_refused(tmp_path):
    with pytest.raises(RunsError, match=r"row 1: no text in it.*found: 'label'"):
        items_of(write_lines(tmp_path / "a.jsonl", [{"label": 1}]))
    with pytest.raises(RunsError, match="neither a file, nor a folder, nor one of mint"):
        items_of(tmp_path / "nowhere")
    with pytest.raises(RunsError, match="no file ends in"):
        (tmp_path / "empty").mkdir()
        items_of(tmp_path / "empty")
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(RunsError, match=r"b\.json cannot be read"):
        items_of(tmp_path / "b.json")
    (tmp_path / "c.txt").write_text("x")
    with pytest.raises(RunsError, match=r"use \.jsonl"):
        items_of(tmp_path / "c.txt")


def test_a_known_set_that_is_malformed_or_missing_is_refused(data):
    with pytest.raises(RunsError, match="asdiv is not in"):
        known_items("asdiv", data)
    (data / "reasoning" / "svamp.json").write_text("[{}]")
    with pytest.raises(RunsError, match=r"svamp\.json is no svamp \(KeyError"):
        known_items("svamp", data)


def test_runs_that_cannot_be_told_apart_are_refused(chats, tmp_path):
    with pytest.raises(RunsError, match="3 ids stand for several runs, as 'talk20'"):
        build(tmp_path / "out", chats, chats)


def test_a_folder_of_something_else_is_refused(recording, chats, tmp_path):
    build(tmp_path / "out", recording)
    with pytest.raises(FolderError, match="min_turns was 3, now 2"):
        build(tmp_path / "out", recording, min_turns=2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(FolderError, match="not empty"):
        build(tmp_path / "mine", chats)


def test_no_runs_of_a_model_is_said_and_no_rows_left_is_a_result(recording, tmp_path):
    with pytest.raises(RunsError, match="no runs of nobody in"):
        build(tmp_path / "out", recording, models=("nobody",))
    rows, found = build(tmp_path / "none", recording, min_turns=9)
    assert (rows, found["kept"]["rows"], dropped(found)) == ([], 0, {"failed": 1, "turns": 7})
    assert "The filters dropped every run." in (tmp_path / "none" / "report.html").read_text()


DATA = os.environ.get("WINDWARD_DATA")


@pytest.mark.skipif(DATA is None, reason="needs the recorded runs in WINDWARD_DATA")
def test_of_a_recorded_model_every_run_is_accounted_for(tmp_path):
    data = Path(str(DATA))
    recording = data / "mint" / "trajectories.parquet"
    rows, found = build(tmp_path / "out", recording, models=("gpt-3.5-turbo-0613",), data=data)
    columns = pq.read_table(recording, columns=["model", "task", "success"]).to_pylist()
    own = [row for row in columns if row["model"] == "gpt-3.5-turbo-0613"]
    assert found["read"]["by_source"] == dict(sorted(Counter(row["task"] for row in own).items()))
    assert dropped(found)["failed"] == sum(not row["success"] for row in own)
    assert found["read"]["runs"] - sum(one["dropped"] for one in found["filters"]) == len(rows) > 100
    assert all(row["turns"] >= 3 and row["messages"][-1]["role"] == "assistant" for row in rows)
    assert all(row["learn"][-1] for row in rows)
    assert not any(
        is_learnt and message["role"] != "assistant"
        for row in rows
        for message, is_learnt in zip(row["messages"], row["learn"], strict=True)
    )
    text = " ".join(message["content"] for row in rows for message in row["messages"])
    assert "<thought>" not in text and "assigned with the task of problem-solving" not in text
    # Every one of them is made from a problem of MINT, and stays only because it may never be scored on it.
    assert found["ruled_out_overlaps"]["mint"] == len(rows)


@pytest.mark.skipif(DATA is None, reason="needs the recorded runs in WINDWARD_DATA")
def test_against_mint_itself_no_recorded_run_is_left(tmp_path):
    data = Path(str(DATA))
    rows, found = build(
        tmp_path / "out",
        data / "mint" / "trajectories.parquet",
        models=("claude-instant-1",),
        data=data,
        against=("mint",),
    )
    assert rows == []
    assert dropped(found)["contaminated"] > 100
    assert found["contaminated"]["runs_by_set"]["mint"] == dropped(found)["contaminated"]


@pytest.mark.skipif(DATA is None, reason="needs the evaluation sets in WINDWARD_DATA")
def test_each_known_set_that_is_there_has_items_with_a_text_and_an_id_of_their_own():
    data = Path(str(DATA))
    names = known_sets(data)
    assert {"mint", "m3tooleval", "apibank", "svamp"} <= set(names)
    for name in names:
        items = known_items(name, data)
        assert items and all(item.text.strip() for item in items), name
