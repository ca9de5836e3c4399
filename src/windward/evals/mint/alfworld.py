"""ALFWorld in MINT: a household in text, played through tools; solved when the game is `won`.

```python
with open_game("pick_cool_then_place_in_recep-Mug-None-CoffeeMachine-10/trial_T…", "data/mint") as game:
    with Interpreter(tools=game.tools) as py:
        py.run('print(goto("fridge 1"))')
    game.won, game.done
```

Needs the extra `alfworld` and no network. Each game runs in an isolated interpreter of its own, so games may be
played side by side from any threads, and what a game file contains runs where a model's code runs (`alfworld_inside`).
Texts are those of the grammar inside each game file: the one that the package brings has other words (`move` for
`put`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from windward.evals.data import DataError
from windward.evals.mint.alfworld_games import PREFACE, alfworld_instances, game_file
from windward.evals.mint.alfworld_tools import household_tools
from windward.interpreter import Interpreter, InterpreterError, Isolation, Limits, Observation

__all__ = [
    "Game",
    "GameError",
    "Replayed",
    "alfworld_instances",
    "open_game",
    "replay_actions",
    "replay_commands",
]

MAX_STEPS = 50
"""Commands until a recorded game was over, won or not: the configuration that lies beside the games."""
_LIMITS = Limits(seconds=120, wall_seconds=600)
_INSIDE = Path(__file__).with_name("alfworld_inside.py")
_PACKAGES = ("alfworld", "textworld", "fast_downward")


class GameError(RuntimeError):
    """A game cannot go on; whether it would have been won is not known."""


class Game:
    """A game under way; `open_game` makes one.

    Once it is done, every further command only shows the last observation again, as in the recorded runs.

    Attributes:
        task_id: of the instance.
        task: what is to be done and what is first seen, as in the recorded runs.
        tools: what may be done, as host tools of an `Interpreter`.
    """

    def __init__(self, task_id: str, session: Interpreter, max_steps: int) -> None:
        self.task_id = task_id
        self.task = ""
        self.tools: Mapping[str, Callable[..., str]] = household_tools(self.step)
        self._session = session
        self._max_steps = max_steps
        self._lock = threading.Lock()
        self._steps = 0
        self._won = False
        self._observation = ""
        self._broken: str | None = None

    @property
    def won(self) -> bool:
        """Whether the task is solved.

        Raises:
            GameError: the game broke off before that could be said.
        """
        self._require_whole()
        return self._won

    @property
    def done(self) -> bool:
        """Whether the game is over: won, or out of steps.

        Raises:
            GameError: the game broke off.
        """
        return self.won or self._steps >= self._max_steps

    def step(self, command: str) -> str:
        """Gives the game a command and returns what is observed (`Nothing happens.` if it makes no sense there).

        Raises:
            GameError: the game has broken off or is closed.
        """
        with self._lock:
            if not self.done:
                self._observation, self._won = self._ask(f"play.step({command!r}); print(play.show())")
                self._steps += 1
            return self._observation

    def fork(self) -> Game:
        """Another game that goes on from here by itself; milliseconds, where opening one takes half a second.

        Raises:
            GameError: the game has broken off or is closed.
        """
        with self._lock:
            self._require_whole()
            try:
                twin = Game(self.task_id, self._session.fork(), self._max_steps)
            except InterpreterError as error:
                raise GameError(f"the game {self.task_id} cannot be forked: {error}") from error
            twin.task, twin._steps, twin._won = self.task, self._steps, self._won
            twin._observation = self._observation
            return twin

    def close(self) -> None:
        """Ends the game."""
        with self._lock:
            self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, path: Path) -> None:
        self._session.write_file(path.name, path.read_bytes())
        intro, self._won = self._ask(f"play = _Play({path.name!r}); print(play.show())")
        self._observation = intro.split("\n\n", 1)[-1].replace("\n\n", "\n")  # without the welcome
        self.task = PREFACE + self._observation

    def _ask(self, code: str) -> tuple[str, bool]:
        self._require_whole()
        try:
            seen = self._session.run(code)
        except InterpreterError as error:
            self._broken = str(error)
            raise GameError(f"the game {self.task_id} broke off: {error}") from error
        shown = _read(seen)
        if shown is None:
            self._broken = seen.text[-2000:] or seen.status
            self._require_whole()
            raise AssertionError("unreachable")
        return shown

    def _require_whole(self) -> None:
        if self._broken is not None:
            raise GameError(f"the game {self.task_id} broke off: {self._broken}")


def _read(seen: Observation) -> tuple[str, bool] | None:
    """Observation and victory as the game showed them, where it did."""
    try:
        shown = json.loads(seen.stdout.strip().rsplit("\n", 1)[-1]) if seen.ok else None
    except ValueError:
        return None
    if not isinstance(shown, dict):
        return None
    observation, won = shown.get("observation"), shown.get("won")
    if not isinstance(observation, str) or not isinstance(won, bool):
        return None
    # The place's internal number: the recorded runs do not show it.
    return re.sub(r"^You arrive at loc [^.]*\. ", "", observation), won


def open_game(
    task_id: str, folder: str | Path, *, max_steps: int = MAX_STEPS, isolation: Isolation = "auto"
) -> Game:
    """Opens the game of an instance.

    Args:
        task_id: `Instance.id`.
        folder: see `alfworld_games.games_folder`.
        max_steps: commands until the game is over.
        isolation: as of an `Interpreter`.

    Raises:
        DataError: there is no such game, it is malformed, or the extra is not installed.
        IsolationError: this machine does not allow isolation.
    """
    _require_extra()
    path = game_file(task_id, folder)
    game = Game(task_id, _table(isolation), max_steps)
    try:
        game._begin(path)
    except (GameError, InterpreterError, OSError) as error:
        game.close()
        raise DataError(f"{path} cannot be played: {error}. Unpack the archive again.") from error
    return game


class Replayed(NamedTuple):
    """What a recorded run comes to when it is played again."""

    won: bool
    done: bool
    observations: tuple[str, ...]


def replay_commands(task_id: str, commands: Iterable[str], folder: str | Path) -> Replayed:
    """Plays commands of the game; one observation each.

    Raises:
        DataError: the game cannot be opened.
        GameError: it broke off.
    """
    with open_game(task_id, folder) as game:
        observations = tuple(game.step(command) for command in commands)
        return Replayed(game.won, game.done, observations)


def replay_actions(
    task_id: str, actions: Iterable[str], folder: str | Path, *, limits: Limits | None = None
) -> Replayed:
    """Runs code actions in one interpreter with the game's tools; one observation each, as `Observation.text`.

    Raises:
        DataError: the game cannot be opened.
        GameError: it broke off.
    """
    with open_game(task_id, folder) as game, Interpreter(limits, tools=game.tools) as python:
        observations = tuple(python.run(action).text for action in actions)
        return Replayed(game.won, game.done, observations)


_tables: dict[tuple[int, Isolation], Interpreter] = {}
_tables_lock = threading.Lock()


def _table(isolation: Isolation) -> Interpreter:
    """A session with the packages imported (0.6 s): a fork of one that is kept for the life of the program."""
    with _tables_lock:
        key = (os.getpid(), isolation)  # a forked program cannot use its parent's
        if key in _tables:
            try:
                twin = _tables[key].fork()
                if twin.run("_Play;").ok:
                    return twin
                twin.close()
            except InterpreterError:
                pass  # as when it came up empty: the kept session has died, and the next one starts anew
            _tables.pop(key).close()
        first = Interpreter(_LIMITS, isolation=isolation)
        ready = first.run(_INSIDE.read_text(encoding="utf-8"))
        if not ready.ok:
            first.close()
            raise DataError(
                f"ALFWorld's packages cannot be used inside the interpreter: {ready.text[-2000:]}\n{_HINT}"
            )
        _tables[key] = first
        return first.fork()


_HINT = (
    "ALFWorld needs the extra: pip install 'windward[alfworld]' (parts of it are compiled: have gcc, g++ and make, and "
    "activate the environment first, as one build calls `python` by that name)"
)


def _require_extra() -> None:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise DataError(f"{', '.join(missing)} cannot be imported. {_HINT}")
