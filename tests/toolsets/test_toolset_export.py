"""A library becomes a package that imports and runs without us, whatever its tools are called and say; writing it runs nothing."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from windward.interpreter import Interpreter, Observation
from windward.toolsets.export import ExportError, export_package
from windward.toolsets.records import Tool

TOOLS = (
    Tool("1", "What is the mean?", "2", code="def mean(x):\n    '''Mean.'''\n    return np.mean(x)", call="print(mean([1, 3]))"),
    Tool("2", "Other?", "3", code="def mean(x):\n    return sum(x)", call="print(mean([1, 2]))"),
    Tool("3", "Capital?", "3", code="def Mean(x):\n    return max(x)", call="print(Mean([1, 3]))"),
    Tool("4", "Root?", "2", code="def root(y):\n    x = symbols('x')\n    return solve(x**2 - y, x)[1]", call="print(root(4))"),
    Tool("5", "Größe?", "7", code="def größe(x):\n    return 7", call="print(größe(0))"),
    Tool("6", "Sum?", "5", code="def sum(x):\n    return 5", call="print(sum([]))"),
    Tool("7", "Later?", "1", code='"""Doc."""\nfrom __future__ import annotations\ndef later(x: Nowhere):\n    return floor(1.5)', call="print(later(0))"),
)  # fmt: skip
VERDICTS = {tool.id: "ok" for tool in TOOLS}


def _in_a_session(folder: Path, code: str) -> Observation:
    """The package in an interpreter: its sources come there as a zip file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted((folder / "src").rglob("*.py")):
            archive.write(path, path.relative_to(folder / "src"))
    with Interpreter() as py:
        py.write_file("package.zip", packed.getvalue())
        return py.run(f"import sys\nsys.path.insert(0, 'package.zip')\n{code}")


def test_a_package_imports_and_runs_with_names_told_apart(tmp_path: Path) -> None:
    made = export_package(TOOLS, tmp_path / "project", "mine", VERDICTS)
    assert dict(made.names) == {
        "1": "mean", "2": "mean_2", "3": "Mean", "4": "root", "5": "größe", "6": "sum_6", "7": "later",
    }  # fmt: skip
    assert not made.left_out
    code = (
        "import mine\n[float(mine.mean([1, 3])), mine.mean_2([1, 2]), mine.Mean([1, 3]), int(mine.root(4)), "
        "mine.größe(0), mine.sum_6([]), mine.later(0), len(mine.__all__), 'mean' in dir(mine)]"
    )
    assert _in_a_session(tmp_path / "project", code).value == "[2.0, 3, 3, 2, 7, 5, 1, 7, True]"
    files = sorted(path.name for path in (tmp_path / "project/src/mine/tools").iterdir())
    assert len({name.lower() for name in files}) == len(files) == 8 and all(map(str.isascii, files))


def test_a_broken_tool_breaks_no_other_and_an_unknown_name_is_an_attribute_error(tmp_path: Path) -> None:
    broken = Tool("9", "?", "1", code="import nothing_of_that_name\ndef broken(): pass")
    export_package([*TOOLS, broken], tmp_path / "project", "mine", {})
    code = "import mine\nprint(mine.root(9), hasattr(mine, 'nothing'))\nfrom mine import broken"
    seen = _in_a_session(tmp_path / "project", code)
    assert seen.stdout == "3 False\n" and "nothing_of_that_name" in (seen.error or "")


HOSTILE = (
    Tool("../../up", "one\n# coding: utf-7\n\"\"\"two\u2028three\r\nfour", "\n```\n", code="def f(x):\n    '''A \\\"\\\"\\\" B | `c` <b>\n\n    More.'''\n    return 1", call="print('a\\n```')\nf(1)"),
    Tool("a", "# coding: rot13", "1", code="def g(a=\"'''\", b='''\n\"\"\"'''):\n    \"\"\"```\u202e</code>\"\"\"\n    return a + b", call="g()"),
    Tool("b", "?", "1", code="def class(): pass"),
    Tool("c", "?", "1", code="x = 1"),
    Tool("d", "?", "1", code="def half():\n    return '\ud800'"),
    Tool("e", "?", "1", code="def __getattr__(name):\n    return 1"),
    Tool("f", "?", "1", code="def tools():\n    return 2"),
    Tool("g", "?", "1", code="def con():\r    return 3\r"),
)  # fmt: skip


def test_no_text_of_a_tool_gets_out_of_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "project"
    made = export_package(HOSTILE, folder, "mine", {"a": "ok'\n'''", "f": "ok"})
    assert sorted(made.left_out) == ["b", "c", "d"]
    assert (
        "no Python" in made.left_out["b"]
        and "no function" in made.left_out["c"]
        and "surrogates" in made.left_out["d"]
    )
    assert made.names["e"] == "getattr___e" and made.names["f"] == "tools_f"
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["project"]
    for path in folder.rglob("*.py"):
        text = path.read_bytes().decode("utf-8")
        ast.parse(text)
        assert "coding" not in "".join(text.splitlines()[:2])
    seen = _in_a_session(
        folder, "import mine\n[mine.f(1), mine.g(), mine.tools_f(), mine.con(), mine.getattr___e('x')]"
    )
    assert seen.value == repr([1, "'''\n\"\"\"", 2, 3, 1]), seen
    readme = (folder / "README.md").read_text("utf-8")
    assert '    f(x)  [unchecked]  A """ B | `c` <b>\n' in readme and "\u202e" not in readme
    assert all(line.startswith("    ") for line in readme.splitlines() if "```" in line or "<b>" in line)
    tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    assert len((folder / "tests/calls.jsonl").read_text("ascii").splitlines()) == len(made.names)


def test_writing_a_package_runs_nothing_of_it(tmp_path: Path) -> None:
    here = tmp_path / "here"
    code = f"open({str(here)!r}, 'w')\ndef f(a=open({str(here)!r}, 'w')): pass"
    export_package([Tool("1", "?", "1", code=code, call=code)], tmp_path / "project", "mine", {})
    assert not here.exists()


@pytest.mark.parametrize(
    "name", ["", "1a", "a-b", "../a", "class", "json", "größe", "a" * 80, "a\n", "_a", "a_"]
)
def test_what_is_no_name_for_a_package_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match="is no name for a package"):
        export_package(TOOLS, tmp_path / "project", name, VERDICTS)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not empty"):
        export_package(TOOLS, tmp_path, "mine", VERDICTS)
    with pytest.raises(ExportError, match="no tool can be exported"):
        export_package([HOSTILE[2]], tmp_path / "project", "mine", {})
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.slow
def test_a_package_is_installed_by_pip_and_its_tests_tell_a_wrong_tool(tmp_path: Path) -> None:
    """Tools of our own, so that running them here harms nobody."""
    pytest.importorskip("setuptools")
    wrong = Tool("8", "?", "1", code="def wrong():\n    return 2", call="print(wrong())")
    export_package([*TOOLS, wrong], tmp_path / "project", "mine", {})
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(tmp_path / "site"),
    ]
    subprocess.run([*pip, str(tmp_path / "project")], check=True, capture_output=True)
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import mine; print(mine.mean([1, 3]), mine.__file__)"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert shown.split()[0] == "2.0" and "site/mine" in shown
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "project/tests")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert "1 failed, 7 passed" in ran.stdout and "2.0 instead of 1.0" in ran.stdout, ran.stdout


def test_the_calls_of_the_tests_are_data(tmp_path: Path) -> None:
    export_package(TOOLS, tmp_path / "project", "mine", VERDICTS)
    lines = (tmp_path / "project/tests/calls.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[1]) == {
        "name": "mean_2", "function": "mean", "call": "print(mean([1, 2]))", "answer": "3", "id": "2",
    }  # fmt: skip
