"""A toolset on disk is read back as it was, and a damaged one is refused by file and row."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windward.toolsets.dedup import Decision, Deduplicated, DeduplicatedEpochs
from windward.toolsets.records import Tool
from windward.toolsets.released import DOMAINS, LIBRARY
from windward.toolsets.toolset import TOOLS, Toolset, ToolsetError

FULL = Tool("7", "How many?\r\n\0", "½", "s", "sc", "def f(x):\n    return x", "print(f(1))", {"table": "a | b", "level": "2"})  # fmt: skip
BARE = Tool("8", "q", "")
DECISION = Decision("epoch 0", "f/1", "chosen", ("7", "9"), "7", "it takes more")


def test_what_is_saved_is_loaded_again_in_order(tmp_path: Path) -> None:
    toolset = Toolset((BARE, FULL), (DECISION,))
    toolset.save(tmp_path / "new" / "library")
    assert Toolset.load(tmp_path / "new" / "library") == toolset
    Toolset(()).save(tmp_path / "new" / "library")
    assert Toolset.load(tmp_path / "new" / "library") == Toolset(())


def test_a_deduplicated_library_keeps_the_decisions_of_all_steps() -> None:
    last = Decision("all", "f/1", "chosen", ("7", "8"), "7", "")
    library = DeduplicatedEpochs((Deduplicated((FULL, BARE), (DECISION,)),), Deduplicated((FULL,), (last,)))
    assert Toolset.from_epochs(library) == Toolset((FULL,), (DECISION, last))


def test_a_tool_is_found_by_its_id() -> None:
    assert Toolset((FULL, BARE)).tool("8") is BARE
    with pytest.raises(KeyError, match="no tool has the id '9'"):
        Toolset((FULL,)).tool("9")


def test_two_tools_with_one_id_are_no_toolset() -> None:
    with pytest.raises(ToolsetError, match="two tools have the id '7'"):
        Toolset((FULL, FULL))


def test_a_text_that_is_no_utf8_is_refused_and_leaves_the_saved_toolset_alone(tmp_path: Path) -> None:
    Toolset((FULL,)).save(tmp_path)
    with pytest.raises(ToolsetError, match="UTF-8"):
        Toolset((Tool("1", "\ud800", "a"),), (DECISION,)).save(tmp_path)
    assert Toolset.load(tmp_path) == Toolset((FULL,))


def test_a_folder_without_a_toolset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolsetError, match=r"tools\.parquet cannot be read"):
        Toolset.load(tmp_path)
    (tmp_path / TOOLS).write_bytes(b"PAR1")
    with pytest.raises(ToolsetError, match=r"tools\.parquet cannot be read"):
        Toolset.load(tmp_path)


def test_damaged_columns_are_refused_by_name(tmp_path: Path) -> None:
    Toolset((FULL, BARE), (DECISION,)).save(tmp_path)
    whole = pq.read_table(tmp_path / TOOLS)
    pq.write_table(whole.drop_columns(["code"]), tmp_path / TOOLS)
    with pytest.raises(ToolsetError, match="columns code are missing"):
        Toolset.load(tmp_path)
    place = whole.column_names.index("code")
    pq.write_table(whole.set_column(place, "code", pa.array([["x"], ["y"]])), tmp_path / TOOLS)
    with pytest.raises(ToolsetError, match="not of its type"):
        Toolset.load(tmp_path)
    pq.write_table(whole.set_column(place, "code", pa.array(["x", None])), tmp_path / TOOLS)
    with pytest.raises(ToolsetError, match=r"tools\.parquet"):
        Toolset.load(tmp_path)
    pq.write_table(pa.concat_tables([whole, whole]), tmp_path / TOOLS)
    with pytest.raises(ToolsetError, match="two tools have the id '7'"):
        Toolset.load(tmp_path)


def test_a_file_of_solutions_is_no_library(tmp_path: Path) -> None:
    path = tmp_path / "2_valid_specific_solutions.csv"
    path.write_text("question,answer,tool_id,code,api_call\nq,1,2,x,y\n", encoding="utf-8")
    with pytest.raises(ToolsetError, match="import a file of stage 3 or later"):
        Toolset.from_released(path)


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
@pytest.mark.parametrize(("domain", "count"), [("math", 282), ("tables", 180)])
def test_a_released_library_goes_to_disk_and_back(domain: str, count: int, tmp_path: Path) -> None:
    toolset = Toolset.from_released(Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain] / LIBRARY)
    toolset.save(tmp_path)
    assert Toolset.load(tmp_path) == toolset
    assert len(toolset.tools) == count
