import json

import pytest

from windward.evals.data import DataError
from windward.evals.mint.wikipedia import REFUSED, OfflineIndex, read_index, wikipedia_tool
from windward.interpreter import Interpreter

INDEX = OfflineIndex(
    [
        ("Marie Curie", "Page: Marie Curie"),
        ("birth year of Li Bai", "Page: Li Bai"),
        ("Marie Curie", "a later recording"),
        ("U2 (band)", "Page: U2"),
    ]
)


@pytest.mark.parametrize(
    ("query", "response"),
    [
        ("Marie Curie", "Page: Marie Curie"),
        ("marie  CURIE!", "Page: Marie Curie"),
        ("'U2 band'", "Page: U2"),
        ("Li Bai birth year", "Page: Li Bai"),
        ("Marie Skłodowska Curie", "Page: Marie Curie"),
    ],
)
def test_a_query_finds_its_own_recording_or_the_nearest(query, response):
    assert INDEX(query) == response


@pytest.mark.parametrize("query", ["Albert Einstein", "", "?", "of", "Curie point of iron and nickel"])
def test_a_query_far_from_all_is_refused_by_name(query):
    assert f"nothing near {query!r}" in INDEX(query)


def test_an_empty_index_refuses():
    assert "nothing near 'x'" in OfflineIndex([])("x")


def test_an_index_is_read_from_json_lines(tmp_path):
    file = tmp_path / "searches.jsonl"
    file.write_text(
        json.dumps({"query": "q\u2028r", "response": "found", "seen": 3}, ensure_ascii=False) + "\n\n"
    )
    assert read_index(file)("q r") == "found"


def test_a_missing_or_malformed_index_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.jsonl is not there"):
        read_index(tmp_path / "nowhere.jsonl")
    (tmp_path / "bad.jsonl").write_text('{"query": "a", "response": "b"}\n{"query": "a"}\n')
    with pytest.raises(DataError, match=r"bad\.jsonl, line 2"):
        read_index(tmp_path / "bad.jsonl")


def test_the_tool_works_from_inside_the_interpreter():
    with Interpreter(tools={"wikipedia_search": wikipedia_tool(INDEX)}) as session:
        assert session.run("print(wikipedia_search('marie curie'))").stdout == "Page: Marie Curie\n"
        assert session.run("wikipedia_search(query=3)").status == "error"


def test_any_function_can_be_searched_and_without_one_the_tool_refuses():
    assert wikipedia_tool(lambda query: query.upper())("abc") == "ABC"
    assert wikipedia_tool()("abc") == REFUSED
