"""The lists that invented names are learnt from: a folder a category, with `existing.txt` and `templates.txt`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from windward.evals.data import DataError
from windward.evals.unknown.generators.existing import fold

GAP = "{name}"
"""Where a name goes in a template."""
WORDFREQ = "wordfreq:"
"""Before a language, in place of a file of words."""


@dataclass(frozen=True)
class Category:
    """Things of one kind, and what can be asked of any of them.

    Attributes:
        name: of the folder.
        existing: names of things that exist, each once.
        templates: questions with `{name}` in them, each once.
    """

    name: str
    existing: tuple[str, ...]
    templates: tuple[str, ...]


def read_lists(folder: str | Path) -> list[Category]:
    """The categories of a folder, by name.

    Raises:
        DataError: there is none, a list is empty, or a template has not exactly one `{name}`.
    """
    home = Path(folder)
    found = [read_category(one) for one in sorted(home.iterdir()) if one.is_dir()] if home.is_dir() else []
    if not found:
        raise DataError(
            f"{home} holds no category: make a folder for each, e.g. {home}/animals, with existing.txt (one name a line) and "
            f"templates.txt (one question a line, with {GAP})"
        )
    return found


def read_category(folder: Path) -> Category:
    """One category. Names that differ in case, accents or hyphens only count once.

    Raises:
        DataError: a list is empty, or a template has not exactly one `{name}`.
    """
    named = {fold(line): line for line in reversed(read_lines(folder / "existing.txt")) if fold(line)}
    templates = tuple(dict.fromkeys(read_lines(folder / "templates.txt")))
    for template in templates:
        if template.count(GAP) != 1:
            raise DataError(f"{folder / 'templates.txt'}: {template!r} must have {GAP} in it exactly once")
    return Category(folder.name, tuple(reversed(named.values())), templates)


def read_lines(path: Path) -> list[str]:
    """The lines of a list that are not blank, in Unicode's composed form.

    Raises:
        DataError: it is missing, empty or not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} is not there; make it, one entry a line") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error}); save it as UTF-8") from error
    lines = [" ".join(unicodedata.normalize("NFC", line).split()) for line in text.splitlines()]
    if not any(lines):
        raise DataError(f"{path} is empty; write one entry a line")
    return [line for line in lines if line]


def read_words(sources: Iterable[str]) -> Iterator[str]:
    """Words of a language, from files with one a line or, as `wordfreq:de`, from the package wordfreq.

    Raises:
        DataError: a file cannot be read, the package is not installed, or it does not know the language.
    """
    for source in sources:
        if source.startswith(WORDFREQ):
            yield from _wordfreq(source.removeprefix(WORDFREQ))
        else:
            yield from read_lines(Path(source))


def _wordfreq(language: str) -> Iterator[str]:
    try:
        package = import_module("wordfreq")
    except ImportError:
        raise DataError(f"{WORDFREQ}{language} needs a package: pip install wordfreq") from None
    try:
        yield from package.iter_wordlist(language, wordlist="best")
    except LookupError as error:
        raise DataError(f"wordfreq has no list of {language!r}: {error}") from error
