"""A plan follows its instruction on a world of our own, and asks no tool that it does not need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from m3_world import task, write_world

from windward.agents import Call
from windward.evals.tooluse.m3 import act, act_on_host, open_world, plan

TRADE = "trade_calculator"


def answer(domain: str, instruction: str, world: Path) -> str:
    return act_on_host(task("unknown", instruction, domain), open_world(domain, world))


@pytest.mark.parametrize(
    ("domain", "instruction", "wanted"),
    [
        ("message_decoder", "Undo hex, then a shift of 1: '656463'.", "dcb"),
        ("message_decoder", "Undo hex, then reverse, then a shift of 1: '656463'.", "bcd"),
        ("message_decoder", "Find the one of length equal to 2, a shift of 1: '656463', '6564'.", "dc"),
        ("cryptobotanists_plant_dna_sequencer", "The longest valid of ['GA', 'GAXXX', 'GAT']?", "GAT"),
        ("cryptobotanists_plant_dna_sequencer", "Combine 'GA' and 'AT', find the most common nucleotide.", "('A', 2)"),
        (TRADE, "Compare a trade of exporting 10 units at 20 credits, rate 2.0, tariff 5%.", "420.0"),
        ("travel_itinerary_planning", 'You are at "P". Cheapest trip to "Q" on 2024-05-01 for 3 nights.', "370"),
        ("travel_itinerary_planning", 'You are at "P". Go to "Q" on 2024-05-01 with a pool for 3 nights.', "520"),
        ("travel_itinerary_planning", 'You are at "P". Cheap, to "Q" on 2024-05-01, without a pool for 3 nights.', "370"),
        ("travel_itinerary_planning", 'You are at "P". Cheap, highest-rated in "Q" on 2024-05-01, 1 nights.', "340"),
        ("web_browsing", "Find the current price of Red Hat.", "12.50"),
        ("web_browsing", "Find the total price of [Red Hat, Red Hat] after applying a 10% off discount.", "22.50"),
        ("web_browsing", "Find the email of Ann Lee.", "ann@example.org"),
        ("web_browsing", "Find the department of Ann Lee.", "Night Watch"),
        ("web_browsing", "How many people are in the Night Watch Department?", "1"),
        ("web_browsing", "Which person's phone number is 12-34x5?", "Ann Lee"),
    ],
)  # fmt: skip
def test_a_plan_answers_from_the_instruction_and_the_tools(
    domain: str, instruction: str, wanted: str, tmp_path: Path
) -> None:
    assert answer(domain, instruction, write_world(tmp_path)) == wanted


def test_a_plan_waits_for_each_result_before_the_next_call() -> None:
    calls: list[Call] = []

    def say(call: Call) -> Any:
        calls.append(call)
        return {"convert_hex_to_ascii": "zz", "caesar_decode": "what the tool says"}[call.tool]

    steps = plan(task("unknown", "Undo hex, then a shift of 1: '6564'.", "message_decoder"))
    assert act(steps, say) == "what the tool says"
    assert calls == [Call("convert_hex_to_ascii", ("6564",)), Call("caesar_decode", ("zz", 1))]


@pytest.mark.parametrize("domain", ["web_browsing", TRADE, "travel_itinerary_planning", "cooking"])
def test_an_instruction_that_no_plan_fits_is_named(domain: str, tmp_path: Path) -> None:
    world = write_world(tmp_path)
    tools = open_world("web_browsing", world)
    with pytest.raises(ValueError, match="no plan"):
        act_on_host(task("unknown", "Sing a song.", domain), tools)
