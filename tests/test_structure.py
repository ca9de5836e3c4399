"""The house as designed: imports point down, and the front door opens quickly."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "windward"
GROUND = {"interpreter", "models", "rows"}
MIDDLE = {"journal", "grading", "agents", "feedback", "arrangement", "training", "reports"}
UPPER = {"trees", "toolsets", "evals"}
FLOORS = [GROUND, MIDDLE, UPPER, {"recipes"}, {"cli"}]
ROOMS = set().union(*FLOORS)


def _imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "windward" and len(parts) > 1 and parts[1] in ROOMS:
                found.add(parts[1])
    return found


def _floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


@pytest.mark.parametrize("room", sorted(ROOMS & {path.name for path in SOURCE.iterdir()}))
def test_a_room_imports_only_from_floors_below_it(room: str) -> None:
    for path in (SOURCE / room).rglob("*.py"):
        wrong = {other for other in _imported_rooms(path) if other != room and _floor(other) >= _floor(room)}
        assert not wrong, f"{path.relative_to(SOURCE)} imports {sorted(wrong)}"


def test_no_two_files_of_tests_have_one_name() -> None:
    """They are found by their name alone: of two, one would be taken for the other."""
    names = Counter(
        path.name
        for path in Path(__file__).parent.rglob("*.py")
        if path.name not in ("conftest.py", "__init__.py")
    )
    assert not [name for name, times in names.items() if times > 1]


def test_trl_is_imported_in_one_file_only() -> None:
    users = [
        path
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "trl"
    ]
    assert len(set(users)) <= 1, users


def test_the_code_inside_the_sandbox_needs_only_the_standard_library() -> None:
    allowed = set(sys.stdlib_module_names) | {"windward"}
    for path in (SOURCE / "interpreter" / "inside").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
                if node.module.startswith("windward"):
                    assert node.module.startswith("windward.interpreter.inside"), path
            for name in names:
                assert name.split(".")[0] in allowed, (path, name)


def test_importing_windward_is_light() -> None:
    heavy = "torch", "transformers", "datasets", "sympy", "pandas", "numpy", "aiohttp", "pyarrow", "pydantic"
    code = f"import sys, windward; print([name for name in {heavy} if name in sys.modules])"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_the_command_line_loads_nothing_heavy_to_show_its_help() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from windward.cli import app; "
        "print(CliRunner().invoke(app, ['--help']).exit_code, "
        "[name for name in ('torch', 'transformers', 'datasets', 'sympy', 'trl') if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "0 []"


def test_what_runs_answers_is_never_imported_by_the_host() -> None:
    """`grading/code/answer.py` and `judge.py` execute text: they are sent into an interpreter as text themselves."""
    inside = {"copies", "peer", "answer", "judge"}
    folder = SOURCE / "grading" / "code"
    for path in SOURCE.rglob("*.py"):
        if path.parent == folder and path.stem in inside:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("windward.grading.code"):
                names = {(node.module or "").split(".")[-1]} | {alias.name for alias in node.names}
                assert not names & {"answer", "judge"}, path
