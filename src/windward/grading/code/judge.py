"""The tests' end: bind the answer's names as stand-ins, run the tests, count what held.

Sent as source into the tests' interpreter, after `copies.py` and `peer.py`.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
from collections.abc import Callable
from typing import Any

from windward.grading.code.peer import Gone, Peer, Remote

LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "pandas", "scipy", "sympy"}


class RemoteClass(type):
    """The type of stand-ins for the answer's classes: calling one makes an object over there."""

    _peer: Peer
    _on: int

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        return cls._peer.call(cls._on, None, args, kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        if type(instance) is not Remote:
            return False
        return cls._peer.ask("is", on=cls._on, value=cls._peer.encoded(instance))["value"] is True

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return cls._peer.decoded(cls._peer.ask("get", on=cls._on, name=name)["value"])

    def __iter__(cls) -> Any:
        return iter(Remote(cls._peer, cls._on))

    def __getitem__(cls, key: Any) -> Any:
        return Remote(cls._peer, cls._on)[key]


class Judge(Peer):
    """Runs tests against the answer at the other end."""

    def refer(self, value: Any) -> Any:
        """A stand-in for a class refers to the class."""
        if isinstance(value, RemoteClass):
            return {"$": "yours", "v": value._on}
        return super().refer(value)

    def grade(self, task: dict[str, Any]) -> dict[str, Any]:
        """Runs the tests.

        Args:
            task: `code`, `setup`, `tests` (a list of texts) and `entry_point` (or None).

        Returns:
            `passed`, `total`, and `why` (the name of the first error) and `blame` (`answer` or `tests`).
        """
        try:
            functions = self.ask("load", setup=task["setup"], code=task["code"])["value"]
        except Gone:
            raise
        except BaseException as error:
            return {"passed": 0, "total": 0, "why": type(error).__name__, "blame": "answer"}
        try:
            units, namespace = self._prepare(task, functions)
        except Gone:
            raise
        except BaseException as error:
            return {
                "passed": 0,
                "total": 0,
                "why": f"{type(error).__name__}: {error}"[:300],
                "blame": "tests",
            }
        return self._count(units, namespace)

    def _prepare(self, task: dict[str, Any], functions: list[str]) -> tuple[list[Any], dict[str, Any]]:
        """The compiled units of the tests, and the namespace that they run in."""
        namespace: dict[str, Any] = {"__name__": "tests"}
        exec(compile(task["setup"], "<setup>", "exec", dont_inherit=True), namespace)  # noqa: S102 (only ever inside the sandbox)
        trees = [ast.parse(text) for text in task["tests"]]
        defined = {name for tree in trees for name in _defined(tree)}
        entry = task["entry_point"] or (functions[-1] if functions else None)
        if "check" in defined and entry is not None and "check" not in _called(trees):
            trees.append(ast.parse(f"check({entry})"))
        used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self._bind(namespace, used - (defined - {entry}), task["entry_point"])
        return _units(trees), namespace

    def _bind(self, namespace: dict[str, Any], used: set[str], entry: str | None) -> None:
        """Binds the names that the tests use.

        A name that Python or the setup already gives keeps its meaning, so that an answer cannot redefine
        `set` or `sorted` under the tests; unless it is what is tested: the entry point, or all that is used.
        """
        found = self.ask("names", names=sorted(used))["value"]
        known = {name for name in found if name in namespace or hasattr(builtins, name) or name in LIBRARIES}
        if not set(found) - known:
            known -= {
                name for name in known if found[name]["kind"] in {"value", "class"} and name not in LIBRARIES
            }
        for name, what in found.items():
            if name == entry or name not in known:
                namespace[name] = self._stand_in(name, what)
            elif name not in namespace and not hasattr(builtins, name):
                namespace[name] = (
                    importlib.import_module(name) if what["kind"] == "module" else self._stand_in(name, what)
                )

    def _stand_in(self, name: str, what: dict[str, Any]) -> Any:
        kind = what["kind"]
        if kind in {"module", "library"} and what["module"].split(".")[0].lstrip("_") in LIBRARIES:
            value = _real(what)
            if value is not None:
                return value
        if kind == "exception":
            return self.error_class(what["own"], [base for base in what["bases"] if hasattr(builtins, base)])
        if kind == "class":
            return RemoteClass(name, (), {"_peer": self, "_on": what["on"]})
        if kind == "value":
            return self.decoded(what["value"])
        return Remote(self, what["on"])

    def _count(self, units: list[Any], namespace: dict[str, Any]) -> dict[str, Any]:
        """Runs every unit. After a failed assertion the next still runs; a failed statement ends it."""
        total = sum(counted for counted, _ in units)
        passed, why = 0, None
        for counted, code in units:
            try:
                exec(code, namespace)  # noqa: S102 (only ever inside the sandbox)
                passed += counted
            except Gone:
                raise
            except BaseException as error:
                why = why or type(error).__name__
                if not counted:
                    break
        return {"passed": passed, "total": total, "why": why, "blame": "answer"}


def _defined(tree: ast.Module) -> set[str]:
    """The names that the tests bind at their top level."""
    names: set[str] = set()
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update((alias.asname or alias.name).split(".")[0] for alias in aliases)
            case ast.Assign(targets=targets):
                names.update(n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return names


def _called(trees: list[ast.Module]) -> set[str]:
    """The functions that the tests call at their top level."""
    calls = (
        s.value
        for tree in trees
        for s in tree.body
        if isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)
    )
    return {call.func.id for call in calls if isinstance(call.func, ast.Name)}


def _units(trees: list[ast.Module]) -> list[tuple[int, Any]]:
    """The top-level statements: assertions (and calls of `check`) count, one by one; without any, all counts as one."""
    units = []
    for tree in trees:
        for statement in tree.body:
            counted = isinstance(statement, ast.Assert) or (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Call)
                and isinstance(statement.value.func, ast.Name)
                and statement.value.func.id == "check"
            )
            units.append(
                (int(counted), compile(ast.Module([statement], []), "<tests>", "exec", dont_inherit=True))
            )
    if not any(counted for counted, _ in units):
        whole = ast.Module([statement for tree in trees for statement in tree.body], [])
        return [(1, compile(whole, "<tests>", "exec", dont_inherit=True))]
    return units


def _real(what: dict[str, Any]) -> Any:
    """The library's own object; None where there is none of that name."""
    try:
        value: Any = importlib.import_module(what["module"])
        for part in what["name"].split(".") if what["kind"] == "library" else ():
            value = getattr(value, part)
        return value
    except (ImportError, AttributeError):
        return None


def run(exchange: Callable[[str], str], verdict: Callable[[str], None], task: dict[str, Any]) -> None:
    """Grades, and hands the result to the host."""
    from windward.grading.code.copies import dumps

    try:
        result = Judge(exchange).grade(task)
    except Gone as gone:
        result = {"passed": 0, "total": 0, "why": str(gone) or "gone", "blame": "answer"}
    verdict(dumps(result | {"nonce": task["nonce"]}))
