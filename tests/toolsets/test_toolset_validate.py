"""A tool is validated by what it prints, by the released rule and the strict one, whatever runs beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from windward.interpreter import Interpreter, InterpreterError, Limits, Observation
from windward.toolsets.records import Tool
from windward.toolsets.released import DOMAINS, Epoch, read_released
from windward.toolsets.validate import LIMITS, PRINTED_CHARS, Stage, ToolVerdict, Validator

DATA = os.environ.get("WINDWARD_DATA", "")
needs_data = pytest.mark.skipif(not DATA, reason="needs WINDWARD_DATA")
SMALL = Limits(seconds=1, wall_seconds=20, memory_mb=256, disk_mb=16, file_mb=4, processes=8)

GOOD = {
    "adds": ("def add(a, b):\n    return a + b", "print(add(3, 4))", "7"),
    "solves": ("def roots():\n    x = symbols('x')\n    return solve(x**2 - 4, x)[1]", "print(roots())", "2"),
    "frames": ("def total(frame):\n    return frame['a'].sum()", "total(pd.DataFrame({'a': [1, 2]}))", "3.0"),
    "expands": ("def f():\n    x = Symbol('x')\n    return expand((x + 1)**2)", "print(f())", "x^2+2x+1"),
}
BAD = {
    "miscounts": ("def f():\n    return 8", "print(f())", "7", "wrong", ""),
    "silent": ("def f():\n    return 7", "x = f()", "7", "wrong", ""),
    "undefined": ("def f():\n    return permutations([1])", "print(f())", "1", "crash", "NameError"),
    "unparsable": ("def f(:\n", "print(f())", "1", "crash", "SyntaxError"),
}
HOSTILE = {
    "endless": "while True: pass",
    "fork bomb": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "gigabytes": "while True: print('y' * 10**6)",
    "memory": "x = [0]\nwhile True: x = x + x",
    "kills parent": "import os, signal\nfor pid in range(1, 400):\n    try:\n        os.kill(pid, signal.SIGKILL)\n"
    "    except OSError:\n        pass\nos.kill(os.getppid(), 9)",
    "exits": "import sys\nsys.exit(3)",
    "exits at once": "import os\nos._exit(0)",
    "network": "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=1)",
    "writes": "open({path!r}, 'w').write('here')",
    "reads": "print(open({path!r} + '.secret').read())",
    "poisons": "import builtins, numpy, sympy\nbuiltins.print = None\nsympy.solve = numpy.sum = lambda *a, **k: 42",
    "leaves a child": "import os, time\nif os.fork() == 0:\n    while True: pass",
}  # fmt: skip


BUSY = "import time\nwhile time.process_time() < 0.4: pass\nprint(7)"
"""It takes 0.4 s of CPU time, however long that is on the clock."""


def _tool(name: str, code: str, call: str, answer: str) -> Tool:
    return Tool(name, "?", answer, code=code, call=call)


def _good() -> list[Tool]:
    return [_tool(name, *parts) for name, parts in GOOD.items()]


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator(SMALL, jobs=2) as made:
        yield made


def _outcomes(verdicts: list[ToolVerdict]) -> dict[str, str]:
    return {verdict.tool: verdict.verdict for verdict in verdicts}


def test_a_tool_that_shows_the_answer_is_ok_by_both_rules(validator: Validator) -> None:
    for verdict in validator.validate(_good(), "abstracted"):
        assert (verdict.verdict, verdict.strict, verdict.error) == ("ok", "ok", ""), verdict


def test_a_tool_that_does_not_is_wrong_or_crashes_with_its_error(validator: Validator) -> None:
    tools = [_tool(name, *parts[:3]) for name, parts in BAD.items()]
    found = {
        verdict.tool: (verdict.verdict, verdict.error) for verdict in validator.validate(tools, "abstracted")
    }
    assert found == {name: parts[3:] for name, parts in BAD.items()}


def test_the_two_stages_run_two_programs(validator: Validator) -> None:
    tool = replace(_good()[0], solution="def seven():\n    return 7", solution_call="print(seven() + 1)")
    assert validator.validate_one(tool, "abstracted").verdict == "ok"
    specific = validator.validate_one(tool, "specific")
    assert (specific.stage, specific.verdict, specific.printed) == ("specific", "wrong", "8")


def test_the_two_rules_are_both_told_where_they_differ(validator: Validator) -> None:
    verdict = validator.validate_one(
        _tool("third", "def f():\n    return 2 / 3", "print(f())", r"\frac{2}{3}"), "abstracted"
    )
    assert (verdict.verdict, verdict.strict) == ("wrong", "ok")


def test_a_call_in_a_fence_runs_and_its_last_expression_is_shown(validator: Validator) -> None:
    call = "First we make the table.\n```python\nnumbers = [1, 2, 4]\nadd(numbers[1], numbers[2])\n```"
    verdict = validator.validate_one(_tool("fenced", GOOD["adds"][0], call, "6.0"), "abstracted")
    assert (verdict.verdict, verdict.printed) == ("ok", "6")


def test_what_a_tool_prints_last_counts_and_is_cut(validator: Validator) -> None:
    tools = [
        _tool("long", "", f"print('x' * {PRINTED_CHARS + 9})", "7"),
        _tool("last", "", "print(1)\nprint(7)\nprint()", "7"),
    ]
    long, last = validator.validate(tools, "abstracted")
    assert (long.verdict, len(long.printed)) == ("wrong", PRINTED_CHARS)
    assert (last.verdict, last.printed) == ("ok", "7")


def test_a_verdict_is_a_json_value_that_names_its_environment(validator: Validator) -> None:
    import numpy
    import sympy

    row = json.loads(json.dumps(validator.validate_one(_good()[0], "abstracted").row()))
    assert (row["environment"]["numpy"], row["environment"]["sympy"]) == (
        numpy.__version__,
        sympy.__version__,
    )
    assert row["environment"]["limits"]["seconds"] == SMALL.seconds


def test_half_a_character_does_not_reach_the_row(validator: Validator) -> None:
    tools = [
        _tool("raises", "", "raise ValueError('half \\ud800')", "7"),
        _tool(
            "prints", "", "import sys\nsys.stdout.reconfigure(errors='surrogatepass')\nprint('\\ud800')", "7"
        ),
    ]
    for verdict in validator.validate(tools, "abstracted"):
        assert verdict.verdict != "ok"
        assert (verdict.printed + verdict.message).encode()
    assert verdict.tool == "prints"


def test_sleep_is_no_cpu_time(validator: Validator) -> None:
    sleeper = _tool("sleeps", "import time", "time.sleep(1.5)\nprint(7)", "7")
    assert validator.validate_one(sleeper, "abstracted").verdict == "ok"


def test_what_one_tool_changes_the_next_does_not_see() -> None:
    with Validator(SMALL, jobs=1) as one:
        tools = [_tool("poisons", "", HOSTILE["poisons"], "1"), *_good()]
        assert set(_outcomes(one.validate(tools, "abstracted")[1:]).values()) == {"ok"}


def _among_hostile(names: Iterable[str], folder: Path) -> dict[str, str]:
    """The outcomes of hostile tools, each followed by good ones; nothing may have reached the folder or a server."""
    secret, target = folder / "target.secret", folder / "target"
    secret.write_text("7")
    with socket.create_server(("127.0.0.1", 0)) as server, Validator(SMALL, jobs=2) as validator:
        server.setblocking(False)
        tools = []
        for name in names:
            code = HOSTILE[name].replace("{port}", str(server.getsockname()[1]))
            tools.append(_tool(name, "", code.replace("{path!r}", repr(str(target))), "7"))
            tools += [replace(tool, id=f"{tool.id} after {name}") for tool in _good()]
        found = _outcomes(validator.validate(tools, "abstracted"))
        with pytest.raises(BlockingIOError):
            server.accept()
    assert [path.name for path in folder.iterdir()] == ["target.secret"]
    return found


def test_hostile_tools_change_nothing_outside_and_no_other_verdict(tmp_path: Path) -> None:
    names = ("fork bomb", "kills parent", "network", "writes", "reads", "exits", "poisons")
    found = _among_hostile(names, tmp_path)
    assert {name for name in found if found[name] != "ok"} == set(names)
    assert found["fork bomb"] == "timeout"


@pytest.mark.slow
def test_no_hostile_tool_at_all_changes_anything(tmp_path: Path) -> None:
    found = _among_hostile(HOSTILE, tmp_path)
    assert {name for name in found if found[name] != "ok"} == set(HOSTILE)
    assert found["endless"] == found["fork bomb"] == "timeout"


@pytest.mark.slow
def test_two_busy_cores_change_no_verdict() -> None:
    tools = [*_good(), *(_tool(name, *parts[:3]) for name, parts in BAD.items())]
    tools += [_tool("endless", "", HOSTILE["endless"], "7"), _tool("busy", "", BUSY, "7")]
    with Validator(SMALL, jobs=2) as validator:
        quiet = _outcomes(validator.validate(tools, "abstracted"))
        spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)]
        try:
            assert _outcomes(validator.validate(tools, "abstracted")) == quiet
        finally:
            for process in spinning:
                process.kill()
                process.wait()
    assert (quiet["busy"], quiet["endless"]) == ("ok", "timeout")


def test_a_program_that_breaks_its_interpreter_has_crashed_and_the_rest_goes_on(
    validator: Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Validator._run

    def broken(self: Validator, code: str, bench: Interpreter | None = None) -> Observation:
        if "break it" in code:
            raise InterpreterError("the interpreter's supervisor is gone")
        return run(self, code, bench)

    monkeypatch.setattr(Validator, "_run", broken)
    first, second = validator.validate([_tool("breaks", "", "'break it'", "7"), _good()[0]], "abstracted")
    assert (first.verdict, first.error) == ("crash", "InterpreterError")
    assert second.verdict == "ok"


# -- the released data ------------------------------------------------------------------------------------


def _decisions(domain: str, stage: Stage, validator: Validator) -> list[dict[str, ToolVerdict]]:
    """For each epoch, the verdicts by id, in the tools' order."""
    found = []
    for epoch in read_released(Path(DATA, "craft", DOMAINS[domain])).epochs:
        tools = epoch.raw if stage == "specific" else epoch.general
        found.append({verdict.tool: verdict for verdict in validator.validate(tools, stage)})
    return found


def _kept(verdicts: dict[str, ToolVerdict]) -> list[str]:
    return [tool for tool, verdict in verdicts.items() if verdict.verdict == "ok"]


def _epochs(domain: str) -> tuple[Epoch, ...]:
    return read_released(Path(DATA, "craft", DOMAINS[domain])).epochs


@needs_data
def test_released_decisions_on_a_few_tools_of_each_stage() -> None:
    epoch = _epochs("math")[1]
    solved, valid = {tool.id for tool in epoch.solved}, {tool.id for tool in epoch.valid}
    with Validator(jobs=2) as validator:
        for tool, verdict in zip(epoch.raw[:12], validator.validate(epoch.raw[:12], "specific"), strict=True):
            assert (verdict.verdict == "ok") == (tool.id in solved), verdict
        for tool, verdict in zip(
            epoch.general[:8], validator.validate(epoch.general[:8], "abstracted"), strict=True
        ):
            assert (verdict.verdict == "ok") == (tool.id in valid), verdict


@needs_data
@pytest.mark.slow
def test_stage_1_to_2_of_mathematics_is_as_released_but_for_one_tool_that_takes_longer_than_two_seconds() -> (
    None
):
    with Validator(LIMITS) as validator:
        found = _decisions("math", "specific", validator)
    different: dict[str, ToolVerdict] = {}
    for epoch, verdicts in zip(_epochs("math"), found, strict=True):
        solved = {tool.id for tool in epoch.solved}
        different |= {id: v for id, v in verdicts.items() if (v.verdict == "ok") != (id in solved)}
    assert sum(map(len, found)) == 500
    assert set(different) == {"1355"}
    assert different["1355"].verdict == "ok" and different["1355"].cpu_seconds > 2


@needs_data
@pytest.mark.slow
def test_stage_3_to_4_of_mathematics_is_as_released() -> None:
    with Validator(LIMITS) as validator:
        found = _decisions("math", "abstracted", validator)
    assert sum(map(len, found)) == 340
    assert [len(_kept(verdicts)) for verdicts in found] == [119, 71, 65, 58]
    assert [_kept(verdicts) for verdicts in found] == [[t.id for t in e.valid] for e in _epochs("math")]


@needs_data
@pytest.mark.slow
def test_stage_1_verdicts_of_tables_give_the_ids_of_stage_3_but_for_three_that_newer_numpy_shows_otherwise() -> (
    None
):
    epochs = _epochs("tables")
    with Validator(LIMITS) as validator:
        found = _decisions("tables", "specific", validator)
        shown_otherwise = ["10836", "16290", "8850"]  # they print a list of numpy's integers
        tools = [tool for epoch in epochs for tool in epoch.raw if tool.id in shown_otherwise]
        old = "import numpy\nnumpy.set_printoptions(legacy='1.25')\n"
        as_before = validator.validate(
            [replace(tool, solution=old + tool.solution) for tool in tools], "specific"
        )
    wanted = [[tool.id for tool in epoch.general] for epoch in epochs]
    if int(validator.environment.numpy.split(".")[0]) < 2:
        shown_otherwise = []
    assert [_kept(verdicts) for verdicts in found] == [
        [tool for tool in tools if tool not in shown_otherwise] for tools in wanted
    ]
    assert list(map(len, wanted)) == [150, 58, 66, 67]
    assert [verdict.verdict for verdict in as_before] == ["ok"] * 3
