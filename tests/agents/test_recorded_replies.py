"""Replies that 37 models really wrote: what the released loop read, and what it lost, is read here."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from windward.agents import is_python, parse_action

pytestmark = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
EXECUTE = re.compile(r"<execute>(.*?)</execute>", re.DOTALL)


@pytest.fixture(scope="module")
def replies():
    import pyarrow.parquet as pq

    file = pq.ParquetFile(Path(os.environ["WINDWARD_DATA"]) / "mint" / "trajectories.parquet")
    found = []
    for group in range(0, file.num_row_groups, max(1, file.num_row_groups // 20)):
        rows = file.read_row_group(group, columns=["messages", "max_turns"]).to_pylist()
        found += [
            m["content"]
            for row in rows[::7]
            if row["max_turns"] == 5
            for m in row["messages"]
            if m["role"] == "assistant"
        ]
    return found


def test_code_in_tags_is_read_as_the_released_loop_read_it(replies):
    differing = 0
    wellformed = [text for text in replies if "<solution>" not in text and text.count("<execute>") == 1]
    for text in wellformed:
        released = EXECUTE.findall(text)
        if released and "\n".join(line.rstrip() for line in released[0].strip().splitlines()):
            ours = parse_action(text, words=False).code or ""
            differing += is_python(released[0].strip()) and ours.strip() != released[0].strip()
    assert len(wellformed) > 3_000
    # What differs is code with a common indent, or underscores that were escaped: repaired, and still Python.
    assert differing / len(wellformed) < 0.02


def test_what_the_released_loop_lost_to_missing_marks_is_read(replies):
    lost = Counter()
    for text in replies:
        if "<solution>" in text or EXECUTE.search(text):
            continue
        mark = (
            "open tag" if "<execute>" in text else "fence" if "```" in text or "[PYTHON]" in text else "none"
        )
        lost[mark, parse_action(text, words=False).kind] += 1
    for mark in ("open tag", "fence"):
        read, all_of = lost[mark, "code"], sum(lost[mark, kind] for kind in ("code", "answer", "none"))
        assert all_of > 50 and read / all_of > 0.9, (mark, lost)
    assert lost["none", "code"] == 0
