"""A conversation's interpreter, brought back: its uploads are given and its code is run again."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from windward.agents import observed
from windward.interpreter import Interpreter, InterpreterError
from windward.recipes.chat.folder import Folder
from windward.recipes.chat.record import ConversationError, Did, Entry, Given, Over

REPLAY_SECONDS = 120.0


def replay(
    session: Interpreter,
    entries: Sequence[Entry],
    folder: Folder,
    *,
    seconds: float = REPLAY_SECONDS,
    stop: threading.Event | None = None,
) -> list[str]:
    """Brings a new session to where the conversation was.

    What cannot be repeated is told: code that showed something else this time, runs that the user stopped, and what was
    left out because it would take too long. The saved files are put over those that the code made.

    Args:
        session: new, with an empty working folder.
        entries: what happened.
        folder: holds uploads and saved files.
        seconds: no further code is begun after so many.
        stop: no further code is begun once it is set.

    Returns:
        What user and model should know; nothing where all was as before.

    Raises:
        InterpreterError: the interpreter itself cannot go on.
    """
    began = time.monotonic()
    different: list[int] = []
    left_out: list[int] = []
    missing: list[str] = []
    stopped = 0
    number = 0
    for entry in entries:
        if isinstance(entry, Given):
            try:
                session.write_file(entry.name, folder.upload(entry.kept))
            except (InterpreterError, ConversationError):
                missing.append(entry.name)
        elif isinstance(entry, Over):
            stopped += bool(entry.code)
        elif isinstance(entry, Did) and entry.step.status not in ("none", "refused"):
            number += 1
            if time.monotonic() - began > seconds or (stop is not None and stop.is_set()):
                left_out.append(number)
            elif observed(session.run(entry.step.action)) != entry.step.observation:
                different.append(number)
    missing = sorted({*missing, *folder.restore(session)})
    return _told(different, left_out, stopped, missing, number)


def _told(
    different: list[int], left_out: list[int], stopped: int, missing: list[str], number: int
) -> list[str]:
    told = []
    if different:
        told.append(f"Showing something else than before: {_numbers(different)} of {number}.")
    if left_out:
        told.append(f"Not run again, because it took too long: {_numbers(left_out)} of {number}.")
    if stopped:
        told.append(f"Runs that were stopped were not repeated ({stopped}).")
    if missing:
        told.append(f"Files that could not be put back: {', '.join(missing[:10])}.")
    if told:
        told.insert(0, "The interpreter is a new one, and the code of this conversation was run again in it.")
        told.append("Variables may differ from what was seen before; the files are the saved ones.")
    return told


def _numbers(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"block{'s' if len(numbers) > 1 else ''} {shown}{'…' if len(numbers) > 10 else ''}"
