"""The 389 recorded calls of the real data: the ceiling, its faults, and what scores nothing."""

import inspect
import os
from collections import Counter
from typing import Any, get_origin

import pytest

from windward.agents import Call
from windward.evals.tooluse.apibank import (
    FAULTS,
    ApiTask,
    Called,
    by_call,
    by_result,
    causes,
    ceiling,
    data_folder,
    open_world,
    read_apis,
    read_database,
    read_tasks,
)
from windward.evals.tooluse.apibank.replay import world_of

pytestmark = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA/codeact")

RELEASED_CEILING = 328
"""Recorded calls that the released checker accepts, of 389."""


@pytest.fixture(scope="module")
def tasks() -> list[ApiTask]:
    return read_tasks(data_folder())


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    return read_database(data_folder())


def test_the_files_hold_what_is_known_of_them(tasks: list[ApiTask]) -> None:
    assert len(tasks) == len({task.id for task in tasks}) == 389
    assert len({task.gold.tool for task in tasks}) == 49
    assert sum(task.ceiling["direct"] for task in tasks) == RELEASED_CEILING
    assert all(task.gold_exception is None for task in tasks)


def test_our_tools_take_the_parameters_of_the_data_sets_descriptions() -> None:
    described, tools = read_apis(data_folder()), open_world({})
    assert tools.keys() == described.keys()
    for name, api in described.items():
        taken = inspect.signature(tools[name]).parameters
        assert list(taken) == list(api["input_parameters"]), name
        for parameter, told in api["input_parameters"].items():
            hint = get_origin(taken[parameter].annotation) or taken[parameter].annotation
            assert told["type"].split("(")[0] == hint.__name__, (name, parameter)


def test_the_ceiling_is_above_the_released_checkers_and_every_fault_is_named(
    tasks: list[ApiTask], tables: dict[str, Any]
) -> None:
    rows = ceiling(tasks, tables)
    counts = causes(rows)
    assert sum(counts.values()) == 389
    assert counts.keys() == {"accepted", *FAULTS}
    assert counts == {
        "accepted": 374,
        "network_or_stubbed": 9,
        "caption_data_missing": 1,
        "data_contradiction": 5,
    }
    faulty = Counter(row.tool for row in rows if row.fault)
    assert faulty == {"Dictionary": 5, "CancelTimedSwitch": 5, "Translate": 4, "ImageCaption": 1}
    assert all(row.detail for row in rows if not row.accepted)


def test_what_the_released_checker_accepts_is_accepted_but_for_the_captions_left_out(
    tasks: list[ApiTask], tables: dict[str, Any]
) -> None:
    rows = ceiling(tasks, tables)
    lost = [
        row.tool for row, task in zip(rows, tasks, strict=True) if task.ceiling["direct"] and not row.accepted
    ]
    assert lost == ["ImageCaption"]


def test_every_earlier_call_does_what_was_recorded_or_needs_the_network(
    tasks: list[ApiTask], tables: dict[str, Any]
) -> None:
    replayed = 0
    for task in tasks:
        earlier = [turn for turn in task.history if isinstance(turn, Called)]
        for turn, deed in zip(earlier, world_of(task, tables)[1], strict=True):
            assert deed.missing == "network_or_stubbed" or (deed.error is None and deed.output == turn.output)
            replayed += 1
    assert replayed == 254


def test_calls_that_use_earlier_ones_are_right_only_with_the_history(
    tasks: list[ApiTask], tables: dict[str, Any]
) -> None:
    def alone(task: ApiTask) -> ApiTask:
        return ApiTask(**{**vars(task), "history": ()})

    rows = ceiling(tasks, tables)
    unreplayed = ceiling([alone(task) for task in tasks], tables)
    needing = [
        row.tool for row, other in zip(rows, unreplayed, strict=True) if row.accepted and not other.accepted
    ]
    # The spec's seven, and a registration under a name that an earlier call had freed.
    assert Counter(needing) == {
        "ForgotPassword": 4,
        "GetUserToken": 2,
        "QueryRegistration": 1,
        "RegisterUser": 1,
    }


def test_every_recorded_call_is_right_by_call(tasks: list[ApiTask]) -> None:
    assert all(by_call(task, task.gold).correct for task in tasks)


def test_what_is_right_by_call_is_right_by_result_where_there_is_no_fault(
    tasks: list[ApiTask], tables: dict[str, Any]
) -> None:
    for task in tasks:
        by_position = Call(task.gold.tool, kwargs=dict(reversed(task.gold.kwargs.items())))
        assert by_call(task, by_position).correct
        verdict = by_result(task, by_position, tables)
        assert verdict.correct or verdict.rule.startswith("fault:")


@pytest.mark.parametrize(
    "degenerate",
    [Call("GetWeather"), Call(""), Call("GetUserToken"), Call("AddAgenda", kwargs={"token": ""})],
)
def test_a_degenerate_call_is_right_nowhere(
    tasks: list[ApiTask], tables: dict[str, Any], degenerate: Call
) -> None:
    assert not any(by_call(task, degenerate).correct for task in tasks)
    assert not any(by_result(task, degenerate, tables).correct for task in tasks)


def test_a_recorded_call_with_one_thing_wrong_is_right_nowhere(
    tasks: list[ApiTask], tables: dict[str, Any]
) -> None:
    for task in tasks:
        gold = task.gold
        wrong = [Call(gold.tool, kwargs={**gold.kwargs, "verbose": True}), Call("None", kwargs=gold.kwargs)]
        wrong += [Call(gold.tool, kwargs={**gold.kwargs, name: "7?7"}) for name in gold.kwargs]
        required = inspect.signature(open_world({})[gold.tool]).parameters
        wrong += [
            Call(gold.tool, kwargs={key: value for key, value in gold.kwargs.items() if key != name})
            for name in gold.kwargs
            if required[name].default is inspect.Parameter.empty
        ]
        for call in wrong:
            assert not by_call(task, call).correct, (task.id, call)
            assert not by_result(task, call, tables).correct, (task.id, call)
