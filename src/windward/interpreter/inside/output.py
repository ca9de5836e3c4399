"""What a session writes: standard output and error in memory files, figures as PNG files."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

_CHUNK = 1 << 12
_pread, _fstat, _ftruncate = os.pread, os.fstat, os.ftruncate


def shorten(text: str, limit: int) -> tuple[str, int]:
    """Cuts the middle out of a long text, says how much, and returns the number of characters cut."""
    if len(text) <= limit:
        return text, 0
    cut = len(text) - limit
    half = limit // 2
    return f"{text[:half]}\n… [{cut:,} characters cut] …\n{text[len(text) - (limit - half) :]}", cut


def rewire_streams() -> None:
    """Gives Python fresh text streams over descriptors 1 and 2, and an empty standard input."""
    sys.stdin = io.StringIO("")
    for number, name in ((1, "stdout"), (2, "stderr")):
        # No buffer of bytes: what a full file refused must not turn up in a later run.
        raw: Any = io.FileIO(number, "wb", closefd=False)
        stream = io.TextIOWrapper(raw, "utf-8", errors="backslashreplace", newline="\n", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def start() -> None:
    """Empties both memory files before a run."""
    for number in (1, 2):
        try:
            _ftruncate(number, 0)
        except OSError:
            continue  # the code closed or replaced its own stream: there is nothing to empty


def finish(limit: int) -> tuple[str, str, int]:
    """Standard output, standard error (cut to `limit` characters each), and the characters cut."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # the code closed or replaced its own stream, or filled it: what reached it is read below
    texts, cut = [], 0
    for number in (1, 2):
        text, lost = shorten(read(number), limit)
        texts.append(text)
        cut += lost
    return texts[0], texts[1], cut


def read(number: int) -> str:
    """All that a memory file holds."""
    try:
        data = _pread(number, _CHUNK, 0)
        if len(data) == _CHUNK:
            data = _pread(number, _fstat(number).st_size, 0)
        return data.decode("utf-8", "replace")
    except OSError:
        return ""  # closed by the code


def save_figures(counter: int) -> list[str]:
    """Saves every open matplotlib figure in the working folder and closes it; returns the file names."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        return []
    names: list[str] = []
    for number in pyplot.get_fignums():
        name = f"figure-{counter + len(names)}.png"
        pyplot.figure(number).savefig(name, dpi=100)
        names.append(name)
    pyplot.close("all")
    return names
