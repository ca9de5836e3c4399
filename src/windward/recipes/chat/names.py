"""Names of files that others chose, made fit for a folder of ours. Pure."""

from __future__ import annotations

_MOST = 100
_REPLACED = set('/\\:*?"<>|')


def plain_name(name: str) -> str:
    """The last part of a file's name, printable, without what a shell, a page or a path could misread.

    >>> plain_name("../../etc/<b>.csv")
    '_b_.csv'
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join("_" if c in _REPLACED or not c.isprintable() else c for c in last).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept.encode()) > _MOST:
        ending = ending[:10] if dot and len(ending) <= 10 else ""
        stem = kept.encode()[: _MOST - len(ending.encode()) - 1].decode(errors="ignore")
        kept = f"{stem}.{ending}" if ending else stem
    return kept or "file"


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or `name-2`, `name-3`… before its ending, whichever is not taken."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}{dot}{ending}"
    return candidate
