"""What a session does: the behaviour of a notebook, told in an observation."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import pytest

from windward.interpreter import Interpreter, InterpreterError, Limits


def test_variables_live_across_runs(py):
    assert py.run("x = 41").text == ""
    assert py.run("x + 1").value == "42"


def test_functions_classes_and_imports_live_across_runs(py):
    py.run(
        "import math\nclass P:\n    def __init__(self, x): self.x = x\ndef area(p): return math.pi * p.x**2"
    )
    assert py.run("area(P(2))").value == "12.566370614359172"


def test_a_last_expression_is_shown_and_kept(py):
    assert py.run("1\n2").value == "2"
    assert py.run("_").value == "2"
    assert py.run("None").value is None
    assert py.run("x = 3").value is None
    assert py.run("for i in range(3): i").value is None


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("1;  # one", None),
        ("(\n1\n)  ;", None),
        ("1 \\\n;", None),
        ("'é';\r\n\n# two", None),
        ("1;\r", None),
        ("(\n1\n)  # a;b", "1"),
        ("2; 1", "1"),
        ("';'", "';'"),
    ],
)
def test_only_a_semicolon_after_the_last_expression_hides_it(py, code, value):
    out = py.run(code)
    assert (out.status, out.value) == ("ok", value)


def test_a_semicolon_hides_the_last_expression(py):
    assert py.run("1 + 1;").value is None
    assert py.run("1 + 1; ").value is None


def test_a_comment_after_the_last_expression_does_not_hide_it(py):
    assert py.run("1 + 1  # two").value == "2"
    assert py.run("1 + 1  # two;").value == "2"


def test_nothing_at_all_is_fine(py):
    for code in ("", "   \n\n", "# only words"):
        assert py.run(code).ok


def test_await_works_at_top_level(py):
    assert (
        py.run("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 7\nawait f()").value
        == "7"
    )
    assert py.run("y = await asyncio.gather(f(), f())\nprint(y)").stdout == "[7, 7]\n"


def test_asyncio_run_works_too(py):
    assert py.run("import asyncio\nasync def f(): return 7\nasyncio.run(f())").value == "7"


def test_stdout_and_stderr_are_kept_apart(py):
    out = py.run("import sys\nprint('a')\nprint('b', file=sys.stderr)\n'c'")
    assert (out.stdout, out.stderr, out.value, out.text) == ("a\n", "b\n", "'c'", "a\nb\n'c'")


def test_output_of_one_run_is_not_in_the_next(py):
    py.run("print('first')")
    assert py.run("print('second')").stdout == "second\n"


def test_output_below_python_is_captured(py):
    assert py.run("import os\nn = os.write(1, b'raw')").stdout == "raw"
    out = py.run("import ctypes\nctypes.CDLL(None).puts(b'from C')\nctypes.CDLL(None).fflush(None);")
    assert out.stdout == "from C\n"


def test_output_and_results_of_forked_processes_are_captured(py):
    out = py.run("import os\nif os.fork() == 0:\n    os.write(1, b'child\\n'); os._exit(0)\nos.wait()[1]")
    assert (out.stdout, out.value) == ("child\n", "0")
    code = "from concurrent.futures import ProcessPoolExecutor as P\nwith P(2) as pool: r = list(pool.map(abs, [-3]))\nr"
    assert py.run(code).value == "[3]"


def test_a_program_may_end_its_own_children(py):
    code = "import multiprocessing as m, time\np = m.Process(target=time.sleep, args=(60,))\np.start(); p.terminate(); p.join(5)\np.exitcode"
    assert py.run(code).value == "-15"


def test_a_program_can_signal_its_own_children_and_nobody_else(py):
    twin, other = py.fork(), py.fork()
    code = (
        "import os, signal, time\npid = os.fork()\nif pid == 0: time.sleep(60)\nos.kill(pid, 0)\nos.kill(pid, signal.SIGTERM)\n"
        "os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])"
    )
    assert py.run(code).value == "-15"
    pid = twin.run("import os\nos.getpid()").value
    for one in (pid, "1", "-1", "0", "999999"):
        assert (
            other.run(f"import os\nos.kill({one}, 9)")
            .error.splitlines()[-1]
            .startswith(("ProcessLookupError", "OSError"))
        )
    py.run(f"os.kill({pid}, 9)")
    assert twin.run("6 * 7").value == "42"


def test_other_programs_cannot_be_started_and_that_is_an_error_like_any(py):
    for code in (
        "subprocess.run(['ls'])",
        "subprocess.run([sys.executable, '-c', '1'])",
        "os.execv(sys.executable, ['x'])",
    ):
        out = py.run("import os, subprocess, sys\nx = 1\n" + code)
        assert out.status == "error" and not out.state_lost
        assert out.error.splitlines()[-1].startswith(("PermissionError", "FileNotFoundError"))
    assert py.run("x").value == "1"


def test_output_keeps_its_order_across_layers(py):
    code = "import os\nprint('one', flush=True)\nos.write(1, b'two\\n')\nprint('three');"
    assert py.run(code).stdout == "one\ntwo\nthree\n"


def test_unicode_and_undecodable_bytes_are_shown(py):
    assert py.run("print('naïve ☃ 🐍')").stdout == "naïve ☃ 🐍\n"
    assert "\ufffd" in py.run("import os\nos.write(1, b'\\xff\\n');").stdout


def test_text_that_is_no_valid_unicode_stays_writable_for_the_host(py):
    py.run("class Odd:\n    def __repr__(self): return chr(0xD800)")
    for code in ("raise ValueError(chr(0xD800))", "print(chr(0xD800))", "chr(0xD800)", "Odd()"):
        py.run(code).text.encode()  # raises if a lone surrogate came through


def test_long_output_is_cut_in_the_middle_and_counted(make):
    py = make(output_chars=1000)
    out = py.run("print('a' * 3000 + 'b' * 3000)")
    assert out.stdout.startswith("a" * 400) and out.stdout.rstrip().endswith("b" * 400)
    assert out.truncated == 6001 - 1000
    assert "5,001 characters cut" in out.stdout
    assert len(out.stdout) < 1100


def test_long_values_and_errors_are_cut_too(make):
    py = make(output_chars=500)
    assert py.run("'x' * 5000").truncated == 5002 - 500
    out = py.run("raise ValueError('y' * 5000)")
    assert out.truncated > 4000 and len(out.error) < 700


def test_a_traceback_points_at_the_users_line(py):
    py.run("def half(n):\n    return 1 / n")
    out = py.run("a = 1\nhalf(0)")
    assert out.status == "error" and not out.state_lost
    assert out.error.splitlines() == [
        "Traceback (most recent call last):",
        "  cell 2, line 2",
        "    half(0)",
        "  cell 1, line 2, in half",
        "    return 1 / n",
        "ZeroDivisionError: division by zero",
    ]
    assert py.run("a").value == "1"


def test_a_traceback_shows_no_lines_of_libraries_or_of_ours(py):
    error = py.run("import json\njson.loads('{')").error
    assert "json/decoder.py" not in error and "inside" not in error
    assert error.splitlines()[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")


def test_a_deep_recursion_is_a_short_traceback(py):
    out = py.run("def f(n): return f(n + 1)\nf(0)")
    assert out.status == "error"
    assert out.error.splitlines()[-1].startswith("RecursionError")
    assert len(out.error.splitlines()) < 30


def test_a_syntax_error_shows_where(py):
    error = py.run("y = 2\nx = (1 +\n").error
    assert error.splitlines()[-1] == "SyntaxError: '(' was never closed" and "line 2" in error


def test_an_error_whose_text_fails_is_still_an_error(py):
    code = "class E(Exception):\n    def __str__(self): raise RuntimeError\nraise E"
    out = py.run(code)
    assert out.status == "error" and "E" in out.error
    assert py.run("class V:\n    def __repr__(self): raise KeyError('no')\nV()").status == "error"


@pytest.mark.parametrize(
    "code",
    ["1" + "+1" * 20_000, "-" * 50_000 + "1", "(" * 5_000 + ")" * 5_000, "x" * 100_000, "\0", "\ud800 = 1"],
)
def test_code_that_strains_the_compiler_is_an_error_and_state_is_kept(py, code):
    py.run("kept = 1")
    out = py.run(code)
    assert out.status in ("error", "memory") and out.error and not out.state_lost
    assert py.run("kept").value == "1"


def test_annotations_are_evaluated_as_in_any_script(py):
    assert py.run("def f(x: Missing): ...").error.endswith("NameError: name 'Missing' is not defined")


@pytest.mark.parametrize(
    "code", ["!pip install requests", "%time x = 1", "%%bash\nls", "x = 1\n!ls", "%matplotlib inline"]
)
def test_magics_and_shell_lines_are_refused_with_a_reason(py, code):
    out = py.run(code)
    assert out.status == "refused" and not out.state_lost
    assert "shell" in out.error and "write Python" in out.error
    assert py.run("x").status == "error"  # nothing of it was run


def test_a_percent_sign_in_python_is_no_magic(py):
    assert py.run("a = (7\n%4)\na").value == "3"


def test_exit_is_the_end_of_a_run_and_not_of_the_session(py):
    py.run("x = 1")
    assert py.run("import sys\nprint('bye')\nsys.exit()").stdout == "bye\n"
    assert py.run("sys.exit(3)").error == "SystemExit: 3"
    assert py.run("x").value == "1"


def test_standard_input_is_empty(py):
    assert (
        py.run("input()").error.endswith("EOFError: EOF when reading a line")
        or py.run("input()").status == "error"
    )


def test_figures_are_saved_as_png_files(py):
    out = py.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nf = plt.figure()\nplt.show();")
    assert len(out.images) == 2
    for name in out.images:
        assert py.read_file(name).startswith(b"\x89PNG")
    assert py.run("1").images == ()
    assert py.run("plt.plot([1]);").images not in ((), out.images)


def test_the_usual_libraries_are_there(py):
    code = (
        "import numpy, pandas, sympy, scipy.stats\nfloat(numpy.ones((3, 3)).sum() + pandas.Series([1]).sum())"
    )
    assert py.run(code).value == "10.0"
    assert py.run("sympy.solve('x**2 - 2')").value == "[-sqrt(2), sqrt(2)]"


def test_files_are_written_and_read_by_both_sides(py):
    py.write_file("data/table.csv", b"a,b\n1,2\n")
    assert py.run("open('data/table.csv').read()").value == r"'a,b\n1,2\n'"
    py.run(
        "import os\nos.makedirs('deep/er')\nf = open('deep/er/x.bin', 'wb'); f.write(bytes(range(256))); f.close()"
    )
    assert py.read_file("deep/er/x.bin") == bytes(range(256))


def test_a_written_file_replaces_a_longer_one(py):
    py.write_file("f", b"long long long")
    py.write_file("f", b"short")
    assert py.read_file("f") == b"short"


def test_a_missing_file_is_said(py):
    with pytest.raises(InterpreterError, match="nowhere"):
        py.read_file("nowhere.txt")


def test_temporary_files_and_the_working_folder_are_ones_own(py):
    code = "import os, tempfile\nf = tempfile.NamedTemporaryFile()\n(os.getcwd(), os.path.exists(f.name), os.path.abspath('a'))"
    assert py.run(code).value == "('/episode', True, '/episode/a')"


def test_a_fresh_session_is_the_same_every_time(make):
    code = "import random, numpy\n(random.random(), numpy.random.rand(), hash('a'))"
    assert make().run(code).value == make().run(code).value


def test_reset_forgets_variables_and_keeps_files(py):
    py.run("x = 1\nopen('f', 'w').write('kept')")
    py.reset()
    assert py.run("x").error.endswith("NameError: name 'x' is not defined")
    assert py.run("open('f').read()").value == "'kept'"


def test_code_cannot_be_run_after_closing(py):
    py.close()
    py.close()
    for use in (
        lambda: py.run("1"),
        py.fork,
        py.reset,
        lambda: py.read_file("f"),
        lambda: py.write_file("f", b""),
    ):
        with pytest.raises(InterpreterError, match="closed"):
            use()


def test_time_is_told(py):
    out = py.run(
        "import time\nt = time.process_time()\nwhile time.process_time() < t + 0.2: pass\ntime.sleep(0.1)"
    )
    assert 0.15 < out.cpu_seconds < 1.0
    assert out.wall_seconds >= 0.3


def test_a_missing_package_is_an_ordinary_error(py):
    assert py.run("import does_not_exist").error.endswith(
        "ModuleNotFoundError: No module named 'does_not_exist'"
    )
    assert py.run("import windward").status == "error"


async def test_many_sessions_run_at_once_under_asyncio(isolation):
    async def one(number: int) -> str | None:
        async with Interpreter() as py:
            await py.arun(f"x = {number}")
            twin = await py.afork()
            await py.arun("x += 100")
            answers = [(await each.arun("x")).value for each in (py, twin)]
            await twin.aclose()
            return " ".join(map(str, answers))

    assert await asyncio.gather(*map(one, range(8))) == [f"{n + 100} {n}" for n in range(8)]


async def test_the_event_loop_stays_free_during_a_run(py):
    run = asyncio.create_task(py.arun("import time\ntime.sleep(0.5)"))
    ticks = 0
    while not run.done():
        await asyncio.sleep(0.02)
        ticks += 1
    assert (await run).ok and ticks > 5


def test_threads_may_each_use_an_interpreter(make):
    results: dict[int, str | None] = {}

    def use(number: int) -> None:
        py = make()
        for _ in range(20):
            py.run(f"x = {number}\ny = globals().get('y', 0) + 1")
        results[number] = py.run("(x, y)").value

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: f"({number}, 20)" for number in range(4)}


def test_one_interpreter_shared_by_threads_runs_one_at_a_time(py):
    py.run("n = 0")
    code = "m = n\nfor _ in range(1000): pass\nn = m + 1"
    threads = [threading.Thread(target=lambda: [py.run(code) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert py.run("n").value == "40"


def test_random_programs_give_what_they_give_on_the_host(py):
    """An oracle: arithmetic of our own making, evaluated on both sides."""
    draw = random.Random(5)
    for _ in range(30):
        a, b, c = (draw.randint(-(10**9), 10**9) for _ in range(3))
        assert py.run(f"a = {a}\nb = {b}\n(a * b - {c}) % 1000003").value == str((a * b - c) % 1000003)


def test_the_package_of_this_project_is_not_visible_inside(py):
    code = "import sys\n[name for name in sys.modules if 'windward' in name] + [p for p in sys.path if 'windward' in p]"
    assert py.run(code).value == "[]"
    assert py.run(f"import os\nos.path.exists({str(Path(__file__))!r})").value == "False"


def test_a_run_in_progress_is_stopped_from_another_thread_and_variables_stay():
    with Interpreter(Limits(seconds=60)) as py:
        py.run("x = 41")
        timer = threading.Timer(0.3, py.interrupt)
        timer.start()
        seen = py.run("while True: pass")
        timer.join()
        assert (seen.status, seen.state_lost) == ("stopped", False)
        assert py.run("x + 1").value == "42"


def test_code_that_ignores_an_interrupt_is_ended():
    with Interpreter(Limits(seconds=60)) as py:
        timer = threading.Timer(0.3, py.interrupt)
        timer.start()
        seen = py.run(
            "while True:\n    try:\n        for _ in iter(int, 1): pass\n    except BaseException: pass"
        )
        timer.join()
        assert (seen.status, seen.state_lost) == ("stopped", True)
        assert py.run("1 + 1").value == "2"


async def test_the_code_of_a_cancelled_task_is_interrupted():
    async with Interpreter(Limits(seconds=60)) as py:
        task = asyncio.create_task(py.arun("while True: pass"))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await py.arun("1 + 1")).value == "2"


def test_an_interrupt_between_runs_stops_nothing():
    with Interpreter() as py:
        py.interrupt()
        assert py.run("1 + 1").value == "2"
