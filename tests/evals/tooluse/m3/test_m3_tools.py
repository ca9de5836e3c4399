"""Each tool does what its description says, fails with a reason, and works from code in the interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from m3_world import WEB, write_world

from windward.evals.tooluse.m3 import SIZES, DataError, open_world, read_tasks
from windward.evals.tooluse.m3.calculator import calculator
from windward.evals.tooluse.m3.web import BOTTOM, NO_HISTORY, TOP, UNKNOWN
from windward.interpreter import Interpreter, IsolationError

Tools = dict[str, Callable[..., Any]]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return write_world(tmp_path)


@pytest.fixture
def web(world: Path) -> Tools:
    return open_world("web_browsing", world)


@pytest.fixture
def travel(world: Path) -> Tools:
    return open_world("travel_itinerary_planning", world)


# ---- web


def test_a_visit_starts_on_the_first_page(web: Tools) -> None:
    assert tuple(web) == WEB
    assert web["view"]().splitlines()[:2] == ["[Page /, part 1 of 1]", "Welcome"]


def test_a_page_is_shown_five_lines_at_a_time(web: Tools) -> None:
    shown = [web["click_url"]("/long"), web["scroll_down"](), web["scroll_down"]()]
    assert [text.splitlines()[0] for text in shown] == [f"[Page /long, part {n} of 3]" for n in (1, 2, 3)]
    lines = [line for text in shown for line in text.splitlines()[1:]]
    assert lines == [f"line {number}" for number in range(1, 13)]
    assert web["scroll_up"]() == shown[1]


def test_the_ends_of_a_page_give_a_notice_and_move_nothing(web: Tools) -> None:
    web["click_url"]("/long")
    assert web["scroll_up"]() == TOP
    last = [web["scroll_down"](), web["scroll_down"]()][-1]
    assert web["scroll_down"]() == BOTTOM
    assert web["view"]() == last


def test_a_page_of_five_lines_and_a_line_break_is_one_part(world: Path) -> None:
    row = {"name": "/", "content": "a\nb\nc\nd\ne\n"}
    (world / "web_pages.jsonl").write_text(json.dumps(row), encoding="utf-8")
    tools = open_world("web_browsing", world)
    assert tools["view"]() == "[Page /, part 1 of 1]\na\nb\nc\nd\ne"
    assert tools["scroll_down"]() == BOTTOM


def test_quotes_around_an_address_do_not_count(web: Tools) -> None:
    assert web["click_url"]("'/team'").startswith("[Page /team,")


def test_an_unknown_address_gives_a_notice_and_leads_nowhere(web: Tools) -> None:
    assert web["click_url"]("/team/night_watch") == UNKNOWN
    assert web["view"]().startswith("[Page /,")
    assert web["go_to_previous_page"]() == NO_HISTORY


def test_going_back_restores_the_top_of_the_earlier_page(web: Tools) -> None:
    top = web["click_url"]("/long")
    web["scroll_down"]()
    web["click_url"]("/team")
    assert web["go_to_previous_page"]() == top
    assert web["go_to_previous_page"]().startswith("[Page /,")
    assert web["go_to_previous_page"]() == NO_HISTORY


def test_a_new_visit_knows_nothing_of_the_last(world: Path) -> None:
    open_world("web_browsing", world)["click_url"]("/long")
    assert open_world("web_browsing", world)["view"]().startswith("[Page /,")


# ---- travel


def test_places_may_carry_their_quotes(travel: Tools) -> None:
    plain = travel["find_flights"]("P", "Q", "2024-05-01")
    assert [row["price"] for row in plain] == [300, 250]
    assert travel["find_flights"]('"P"', '"Q"', "2024-05-01") == plain
    assert plain[0]["from_location"] == "P"


def test_flights_match_origin_destination_and_date(travel: Tools) -> None:
    assert [row["price"] for row in travel["find_flights"]("Q", "P", "2024-05-01")] == [100]
    assert travel["find_flights"]("P", "Q", "2024-05-02") == []


def test_a_hotel_needs_all_preferences(travel: Tools) -> None:
    def prices(*preferences: Any) -> list[int]:
        return [row["price_per_night"] for row in travel["book_hotel"]("Q", *preferences)]

    assert prices() == [90, 40]
    assert prices("wifi") == [90, 40]
    assert prices("wifi", "pool") == prices(["wifi", "pool"]) == [90]
    assert prices("wifi", "gym") == []


@pytest.mark.parametrize("call", [("find_flights", "Z", "Q", "d"), ("find_flights", "P", "Z", "d")])
def test_an_unknown_place_names_the_known_ones(travel: Tools, call: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="'Z'; there are P, Q"):
        travel[call[0]](*call[1:])
    with pytest.raises(ValueError, match="'Z'; there are P, Q"):
        travel["book_hotel"]("Z")


def test_what_a_task_does_to_its_results_does_not_change_the_tables(travel: Tools) -> None:
    travel["book_hotel"]("Q")[0]["preferences"].clear()
    travel["find_flights"]("P", "Q", "2024-05-01")[0]["price"] = 0
    assert travel["book_hotel"]("Q", "pool") and travel["find_flights"]("P", "Q", "2024-05-01")[0]["price"]


def test_a_budget_is_the_flight_and_the_nights(travel: Tools) -> None:
    assert travel["budget_calculator"](250, 40, 3) == 370


def test_min_max_and_sum_take_numbers_or_a_list(travel: Tools) -> None:
    assert (travel["min"](3, 1, 2), travel["max"]([3, 1, 2]), travel["sum"](3, 1, 2)) == (1, 3, 6)
    with pytest.raises(ValueError, match="at least one number"):
        travel["max"]()


# ---- DNA, messages, trade


def test_dna_is_counted_transcribed_and_translated() -> None:
    dna = open_world("cryptobotanists_plant_dna_sequencer", "")
    assert list(dna["count_nucleotides"]("GGAT").items()) == [("G", 2), ("A", 1), ("T", 1)]
    assert dna["transcribe_dna_to_mrna"]("ACGTN") == "UGCAN"
    assert dna["reverse_transcribe_mrna_to_dna"]("UGCAN") == "ACGTN"
    assert dna["translate_mrna_to_amino_acid"]("AUGUUUUUCGG") == "Methionine-Phenylalanine-Phenylalanine-X"
    assert dna["is_valid_dna_sequence"]("GATTACA") and not dna["is_valid_dna_sequence"]("GAUUACA")


def test_the_most_frequent_nucleotide_comes_with_its_count_and_the_first_of_equals_wins() -> None:
    find = open_world("cryptobotanists_plant_dna_sequencer", "")["find_max_nucleotide"]
    assert find("A", 2, "C", 3) == ("C", 3)
    assert find("G", 3, "C", 3) == ("G", 3)
    assert find("A", "9", "C", "10") == ("C", 10)  # as texts, 9 would be more
    with pytest.raises(ValueError, match="a name and its count"):
        find("A", 2, "C")
    with pytest.raises(ValueError, match="where a count belongs"):
        find("A", "C", 2, 3)


def test_messages_are_decoded() -> None:
    tools = open_world("message_decoder", "")
    assert tools["convert_hex_to_ascii"]("4869") == "Hi"
    assert tools["convert_hex_to_ascii"](4869) == "Hi"
    assert tools["reverse_string"]("abc") == "cba"
    assert tools["caesar_decode"]("aB c1!é", 2) == "yZ a1!é"
    assert tools["caesar_decode"](tools["caesar_decode"]("Zebra", 5), -5) == "Zebra"
    assert tools["string_length"]("abc") == 3
    assert (tools["minimum_value"](4, 2.5), tools["maximum_value"](4, 2.5)) == (2.5, 4)
    with pytest.raises(ValueError, match="'xyz' is not text in hexadecimal digits"):
        tools["convert_hex_to_ascii"]("xyz")


def test_trade_is_price_rate_and_tariff() -> None:
    tools = open_world("trade_calculator", "")
    price = tools["convert_currency"](5000, 1.5)
    assert tools["estimate_final_value"](price, tools["calculate_tariff"](price, 8)) == 8100.0
    assert (tools["find_minimum"](2, 1.5), tools["find_maximum"]([2, 1.5])) == (1.5, 2)


@pytest.mark.parametrize(
    ("expression", "value"),
    [("2 + (3 * 4)", 14), ("-7 // 2", -4), ("10 % 4 / 2", 1.0), ("2 ** 10", 1024), ("+.5", 0.5), (" 1e3", 1000.0)],
)  # fmt: skip
def test_the_calculator_does_arithmetic(expression: str, value: float) -> None:
    found = calculator(expression)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "expression",
    [
        "().__class__",
        "price * 2",
        "abs(1)",
        "__import__('os')",
        "'a' * 9",
        "[1] * 9",
        "True + 1",
        "1,000 + 1",
        "9 ** 9 ** 9",
        "2 ** -9999",
        "9.0 ** 9999",
        "(-8) ** 0.5",
        "1 / 0",
        "1e999",
        "2 +",
        "",
        "(" * 400 + "1" + ")" * 400,
        "-" * 999 + "1",
        "1 +" * 400 + "1",
        "1 if 1 else 2",
        "2 ^ 3",
        "1\0",
    ],
)
def test_the_calculator_refuses_all_else_with_a_reason(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        calculator(expression)


# ---- the folder


def test_each_domain_has_six_tools_and_no_other_domain_has_any(world: Path) -> None:
    assert {domain: len(open_world(domain, world)) for domain in SIZES} == dict.fromkeys(SIZES, 6)
    with pytest.raises(DataError, match="'cooking' is no domain"):
        open_world("cooking", world)


def test_a_missing_or_broken_world_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"travel\.json is not there"):
        open_world("travel_itinerary_planning", tmp_path)
    (tmp_path / "travel.json").write_text('{"flights": [{}], "hotels": []}', encoding="utf-8")
    with pytest.raises(DataError, match=r"travel\.json holds no flights"):
        open_world("travel_itinerary_planning", tmp_path)
    (tmp_path / "web_pages.jsonl").write_text(
        '{"name": "/about", "content": "x"}\nnonsense', encoding="utf-8"
    )
    with pytest.raises(DataError, match=r"web_pages\.jsonl, line 2"):
        open_world("web_browsing", tmp_path)
    (tmp_path / "web_pages.jsonl").write_text('{"name": "/about", "content": "x"}', encoding="utf-8")
    with pytest.raises(DataError, match="no page '/'"):
        open_world("web_browsing", tmp_path)


def test_a_malformed_task_is_named_by_its_line(tmp_path: Path) -> None:
    good = {
        "name": "d/a", "domain": "d", "instruction": "?", "expected_output": "('A', 3)", "expected_type": "tuple",
        "tools": [{"name": "view"}],
    }  # fmt: skip
    path = tmp_path / "m3tooleval_tasks.jsonl"
    path.write_text(json.dumps(good), encoding="utf-8")
    (read,) = read_tasks(tmp_path)
    assert read.expected == ("A", 3) and read.tools == ("view",)
    for wrong in ({"expected_type": "int"}, {"expected_type": "set"}, {"tools": [{}]}, {"name": "d/a"}):
        path.write_text(f"{json.dumps(good)}\n{json.dumps(good | wrong)}", encoding="utf-8")
        with pytest.raises(DataError, match="line 2"):
            read_tasks(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="is not there"):
        read_tasks(tmp_path)


# ---- within the interpreter


@pytest.fixture
def session(travel: Tools) -> Any:
    try:
        session = Interpreter(tools=travel)
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")
    with session:
        yield session


def test_code_calls_tools_by_position_and_by_name(session: Interpreter) -> None:
    code = """
flights = find_flights(to_location='"Q"', from_location="P", date="2024-05-01")
cheapest = min(*[row["price"] for row in flights])
night = min([row["price_per_night"] for row in book_hotel("Q", "wifi")])
print(budget_calculator(cheapest, night, num_nights=3), sum(1, 2), max(2.5, 1))
"""
    assert session.run(code).stdout == "370 3 2.5\n"


def test_a_tool_that_fails_raises_within_the_code(session: Interpreter) -> None:
    assert "there are P, Q" in (session.run("book_hotel('Z')").error or "")
    code = """
try:
    find_flights("P", "Z", "2024-05-01")
except ValueError as error:
    print("caught", error)
"""
    assert session.run(code).stdout.startswith("caught find_flights: no place 'Z'")


def test_a_wrong_argument_is_named_before_the_tool_sees_it(session: Interpreter) -> None:
    assert "num_nights: Input should be a valid integer" in (
        session.run("budget_calculator(1, 2, num_nights='many')").error or ""
    )
    assert "nights" in (session.run("budget_calculator(1, 2, nights=3)").error or "")
