"""`windward unknown build`: fresh sets of questions with and without an answer, in a user's categories and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.outcome import finished, say

if TYPE_CHECKING:
    from windward.evals.unknown.generators.sets import SetRow
    from windward.evals.unknown.generators.surface import Surface

unknown = typer.Typer(
    help="Does a model know what it does not know: sets to ask, rows to train on.", no_args_is_help=True
)
build = typer.Typer(
    help="Fresh sets of questions, half of which have no answer, from your own lists in any language.",
    no_args_is_help=True,
)
unknown.add_typer(build, name="build")

OutOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The set: a name ending in .jsonl or .parquet.")
]
SeedOption = Annotated[int, typer.Option(help="Of all draws: another seed makes other names.")]
ExistsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exists",
        metavar="FILE",
        help="(repeatable) Words that exist, one a line, so that none is made up; or wordfreq:en, wordfreq:de, … from the package "
        "wordfreq.",
    ),
]


def register(app: typer.Typer) -> None:
    """Adds `windward unknown`; other files add their commands to the group."""
    app.add_typer(unknown, name="unknown")


@build.command(
    epilog="animals/existing.txt: names, one a line. animals/templates.txt: What does the {name} eat?  ·  "
    "windward unknown build invented --lists my-lists --n 100 --exists wordfreq:en --out invented.jsonl"
)
def invented(
    lists: Annotated[
        Path,
        typer.Option(
            "--lists",
            metavar="DIR",
            help="A folder a category, with existing.txt (one name a line) and templates.txt (one question a line, with {name}).",
        ),
    ],
    out: OutOption,
    n: Annotated[
        int | None,
        typer.Option(
            "--n", min=1, help="Pairs of a category; default: as many as the shortest list has names."
        ),
    ] = None,
    seed: SeedOption = 0,
    exists: ExistsOption = None,
) -> None:
    """Questions about things that do not exist, beside the same about things that do (NEC style).

    A character model learns the names of each category and language. Each invented name has the words, length, case and
    surprise of an existing one, and is in no list, a letter off or plural included.
    """

    def make() -> list[SetRow]:
        from windward.evals.unknown.generators.concepts import invented_set
        from windward.evals.unknown.generators.lists import read_lists, read_words

        made = invented_set(read_lists(lists), n, seed, read_words(exists or ()))
        for category, names in made.names.items():
            say(
                f"{category}: {len(names)} pairs; {_looks(made.surfaces[category])}; {_rejected(made.rejected[category])}"
            )
        return made.rows

    _write(make, out)


@build.command(
    epilog='questions.jsonl: {"question": "What is the capital of Peru?", "references": ["Lima"], "noun": "capital"}  ·  '
    "windward unknown build replaced --questions questions.jsonl --exists wordfreq:en --out replaced.jsonl"
)
def replaced(
    questions: Annotated[
        Path,
        typer.Option(
            "--questions",
            metavar="FILE",
            help="JSONL or Parquet: question, references (right answers), and perhaps noun (the word to replace) and category.",
        ),
    ],
    out: OutOption,
    times: Annotated[int, typer.Option(min=1, help="Questions that the same new word may stand in.")] = 1,
    stop_words: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Words that are never replaced, one a line; default: English ones. Needed for other languages without noun.",
        ),
    ] = None,
    seed: SeedOption = 0,
    exists: ExistsOption = None,
) -> None:
    """Real questions with one word replaced by one that does not exist (RefuNQ style).

    The new word is as long as the old one and ends in the same letter; all else of the question stays as it is.
    """

    def make() -> list[SetRow]:
        from windward.evals.unknown.generators.lists import read_lines, read_words
        from windward.evals.unknown.generators.replaced import read_questions, replaced_set

        stop = None if stop_words is None else frozenset(line.lower() for line in read_lines(stop_words))
        made = replaced_set(read_questions(questions), seed, read_words(exists or ()), times, stop)
        say(
            f"{len(made.replaced)} pairs; {len(made.without)} questions left out, in which no word would do; "
            f"{_looks(made.surface)}; {_rejected(made.rejected)}"
        )
        return made.rows

    _write(make, out)


@build.command(
    epilog='pairs.jsonl: {"true": "How do bees make honey?", "false": "How do spiders make honey?"}  ·  '
    "windward unknown build premises --pairs pairs.jsonl --out premises.jsonl"
)
def premises(
    pairs: Annotated[
        Path,
        typer.Option(
            "--pairs",
            metavar="FILE",
            help="JSONL or Parquet: true and false, two questions a row, and perhaps references and category.",
        ),
    ],
    out: OutOption,
) -> None:
    """Pairs that were written by hand, of which one rests on a false premise, as a set (FalseQA style)."""

    def make() -> list[SetRow]:
        from windward.evals.unknown.generators.premises import premise_set

        rows = premise_set(pairs)
        say(f"{len(rows) // 2} pairs")
        return rows

    _write(make, out)


@build.command(
    epilog="Those that come with the project: windward unknown build own --out own.jsonl  ·  "
    "Names that nobody has seen: windward unknown build own --seed 20261 --exists wordfreq:en --out fresh.jsonl"
)
def own(out: OutOption, seed: SeedOption = 0, exists: ExistsOption = None) -> None:
    """Our own sets in one file: invented concepts, replaced words, false premises."""

    def make() -> list[SetRow]:
        from windward.evals.unknown.generators.lists import read_words
        from windward.evals.unknown.generators.own import make_own

        sets = make_own(seed, read_words(exists or ()))
        say("; ".join(f"{name}: {len(rows) // 2} pairs" for name, rows in sets.items()))
        return [row for rows in sets.values() for row in rows]

    _write(make, out)


def _write(make: Callable[[], list[SetRow]], out: Path) -> None:
    from windward.evals.data import DataError

    def work() -> Path:
        from windward.evals.unknown.generators.sets import check_name, write_set

        check_name(out)
        return write_set(out, make())

    finished(work, (DataError,))


def _looks(surface: Surface) -> str:
    return f"looks tell the halves apart at AUROC {surface.length:.2f} (length) and {surface.spelling:.2f} (spelling)"


def _rejected(reasons: Counter[str]) -> str:
    told = ", ".join(f"{count} {why}" for why, count in reasons.most_common())
    return f"words drawn and rejected: {told or 'none'}"
