"""The end of every page: how a run was made, so that it can be made again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.reports.markup import Html
from windward.reports.parts import facts, missing, raw, section


def again(
    record: Mapping[str, object], files: Sequence[str] = (), more: Mapping[str, str] | None = None
) -> Html:
    """The command, what it ran on, and the files.

    Args:
        record: the run's `run.json`; empty where it is not there.
        files: names of what lies beside it.
        more: what else to say, by name.
    """
    if not record:
        return section("Do it again", missing("Not written down.", "run.json is not there."), anchor="again")
    command = record.get("command")
    told = dict(more or {}) | {
        "machine": _pairs(record.get("machine")),
        "versions": _pairs(record.get("versions")),
        "started": str(record.get("started") or "not written down"),
        "settings": _pairs(record.get("settings")),
    }
    if files:
        told["files"] = ", ".join(files)
    words = command if isinstance(command, list) else []
    shown = (
        raw(shlex.join([Path(str(words[0])).name, *map(str, words[1:])]), class_="command")
        if words
        else missing("No command.", "It was not started from the command line.")
    )
    return section("Do it again", shown, facts(told), anchor="again")


def _pairs(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return "not written down"
    return ", ".join(f"{key} {_plain(one)}" for key, one in value.items())


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "+".join(map(str, value)) or "none named"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
