"""`windward python`: a program from a file or a pipe, and a prompt on a real terminal."""

from __future__ import annotations

import fcntl
import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest

from windward.interpreter import Interpreter, IsolationError

_COMMAND = [sys.executable, "-c", "from windward.cli import main; main()", "python"]


@pytest.fixture(scope="module", autouse=True)
def isolation() -> None:
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


def run(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_COMMAND, *arguments], input=text, capture_output=True, text=True, timeout=120)


def test_a_program_on_standard_input_is_run():
    done = run(text="import sys\nprint(6 * 7)\nprint('aside', file=sys.stderr)\n'not echoed'")
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "aside\n")


def test_a_file_is_run_and_an_error_is_a_status_of_one(tmp_path):
    program = tmp_path / "program.py"
    program.write_text("print('before')\n1 / 0\n")
    done = run(str(program))
    assert (done.returncode, done.stdout) == (1, "before\n")
    assert (
        done.stderr.endswith("    1 / 0\nZeroDivisionError: division by zero\n") and "line 2" in done.stderr
    )


def test_limits_are_given_on_the_command_line():
    done = run("--seconds", "0.3", text="while True: pass")
    assert done.returncode == 1 and "0.3 s of CPU time" in done.stderr
    done = run("--memory", "64", text="x = bytearray(200 << 20)")
    assert done.returncode == 1 and "MemoryError" in done.stderr


def test_it_is_isolated_unless_asked_otherwise(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("canary")
    code = f"print(open({str(secret)!r}).read())"
    assert "FileNotFoundError" in run(text=code).stderr
    assert run("--isolation", "none", text=code).stdout == "canary\n"


def test_a_file_that_is_not_there_is_said(tmp_path):
    done = run(str(tmp_path / "nothing.py"))
    assert (
        done.returncode == 2 and "nothing.py cannot be read" in done.stderr and "Traceback" not in done.stderr
    )


def test_untrusted_output_cannot_drive_the_terminal():
    done = run(text="print('\\x1b]0;title\\x07\\x1b[2J red \\x9b')")
    assert "\x1b" not in done.stdout and r"\x1b[2J" in done.stdout


def test_help_shows_an_example():
    assert "windward python --seconds 60 solve.py" in re.sub(r"\s+", " ", run("--help").stdout)


class Terminal:
    """The prompt on a pseudo-terminal of its own, which has it as its controlling process."""

    def __init__(self) -> None:
        self._end, theirs = os.openpty()
        self.process = subprocess.Popen(
            [*_COMMAND, "--seconds", "20"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**os.environ, "TERM": "dumb"},
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def wait_for(self, text: str, seconds: float = 60.0) -> str:
        """Everything shown up to and including a text."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            if not select.select([self._end], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} did not come; seen: {self.seen!r}")
            try:
                self.seen += os.read(self._end, 4096).decode().replace("\r\n", "\n")
            except OSError as error:
                raise AssertionError(f"it ended before {text!r}; seen: {self.seen!r}") from error
        shown, self.seen = self.seen.split(text, 1)
        return shown + text

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def enter(self, line: str, prompt: str = ">>> ") -> str:
        """Types a line; what it shows before the next prompt."""
        self.type(line + "\n")
        shown = self.wait_for(prompt)
        return shown.partition("\n")[2].removesuffix(prompt)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    terminal.wait_for(">>> ")
    yield terminal
    terminal.process.kill()
    terminal.process.wait()


def test_the_prompt_runs_lines_and_blocks_and_shows_values(terminal):
    assert terminal.enter("x = 40") == ""
    assert terminal.enter("x + 2") == "42\n"
    terminal.enter("def f(n):", "... ")
    terminal.enter("    return n * 2", "... ")
    assert terminal.enter("") == ""
    assert terminal.enter("f(21)") == "42\n"
    assert "ZeroDivisionError" in terminal.enter("1 / 0")
    assert "refused" in terminal.enter("!ls")


def test_a_twin_is_tried_and_left(terminal):
    terminal.enter("x = 1")
    terminal.enter(":fork", "1>> ")
    terminal.enter("x = 2; open('f', 'w').write('twin');", "1>> ")
    assert "4  f" in terminal.enter(":files", "1>> ")
    terminal.enter(":fork", "2>> ")
    assert terminal.enter("x", "2>> ") == "2\n"
    terminal.enter(":back", "1>> ")
    assert terminal.enter(":back") == "back, as it was\n"
    assert terminal.enter("x") == "1\n"
    assert terminal.enter(":files") == "no files\n"
    assert "nothing to go back to" in terminal.enter(":back")
    assert ":fork" in terminal.enter(":help") and "no such command" in terminal.enter(":nonsense")
    assert terminal.enter(":reset") == "variables forgotten, files kept\n"
    assert "NameError" in terminal.enter("x")


def test_ctrl_c_interrupts_a_run_and_a_line_and_ctrl_d_leaves(terminal):
    terminal.enter("kept = 1")
    terminal.type("while True: pass\n\n")
    terminal.wait_for("... ")
    time.sleep(0.5)
    terminal.type("\x03")
    assert "interrupted" in terminal.wait_for(">>> ", 15)
    assert terminal.enter("kept") == "1\n"
    time.sleep(0.3)  # a Ctrl-C between the prompt and the reading of keys waits for the next key
    terminal.type("unfinished(")
    time.sleep(0.3)
    terminal.type("\x03")
    terminal.wait_for(">>> ", 15)
    assert terminal.enter("kept + 1") == "2\n"
    terminal.type("\x04")
    assert terminal.process.wait(timeout=30) == 0
