"""Plays one game of ALFWorld inside an interpreter: sent there as text, never imported by the host.

TextWorld evaluates the expressions in a game file's grammar as Python, and its planner is C with global state that
ends the process where it cannot go on. So a game has a process of its own, isolated like a model's code.
"""

import functools
import json
import re
from collections.abc import Mapping
from typing import Any

import fast_downward
import textworld
from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
from textworld.envs.pddl import PddlEnv

_translate = functools.cache(fast_downward.pddl2sas)
# TextWorld translates the same problem four times, twice of them for a planner's hints that nobody asks for.
fast_downward.pddl2sas = lambda domain, problem, **_: _translate(domain, problem)


class _Play:
    """A game under way."""

    def __init__(self, path: str) -> None:
        self._env = AlfredDemangler(PddlEnv(textworld.EnvInfos(won=True)), shuffle=False)
        self._env.load(path)
        logic = self._env.unwrapped._logic
        logic.grammar.derive = _remembering(
            logic.grammar.derive, {a.template for a in logic.actions.values()}
        )
        self._state = self._env.reset()

    def step(self, command: str) -> None:
        self._state, _, _ = self._env.step(command)

    def show(self) -> str:
        return json.dumps({"observation": self._state.feedback, "won": bool(self._state["won"])})


def _remembering(derive: Any, templates: set[str]) -> Any:
    """The grammar's `derive`, which forgets no command that it has put into words.

    All possible commands are worded again after each step, nine tenths of a step's time. Their words depend on
    what they are about alone, unless a template asks for facts other than where a receptacle stands.
    """
    fixed = {
        text: set(re.findall(r"\w+", text))
        for text in templates
        if "|" not in text or "| receptacleatlocation(" in text
    }
    known: dict[Any, str] = {}

    def remembering(start: str, context: Mapping[str, Any] = {}) -> str:
        if start not in fixed:
            return str(derive(start, context))
        about = (
            (hole.name, thing.name) for hole, thing in context["mapping"].items() if hole.name in fixed[start]
        )
        key = (start, *sorted(about))
        if key not in known:
            known[key] = derive(start, context)
        return known[key]

    return remembering
