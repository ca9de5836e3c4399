"""`windward toolset export`: a library as a Python package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say
from windward.cli.toolset import toolset


def register(app: typer.Typer) -> None:
    """Adds `export` to `windward toolset`."""
    del app
    toolset.command(
        epilog="windward toolset export library --out table-tools --name table_tools  ·  pip install ./table-tools"
    )(export)


def export(
    library: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a library.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="PKG", help="Folder of the package's project: new or empty.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the package, as it is imported.")],
    every: Annotated[
        bool,
        typer.Option("--all", help="Also tools that are not known to work; else those whose verdict is ok."),
    ] = False,
) -> None:
    """Writes a library as a Python package that can be installed, and that needs nothing of Windward.

    It holds one module a tool, with the question that the tool was made from; a README that says what is known of each; and tests
    that run each tool's own call. What is known is the last audit's verdict (`windward toolset audit`), else that of the run that built
    the tool. The functions were written by a model: nothing of them runs here, and whoever imports the package runs them at his own risk.
    """
    from windward.toolsets.export import ExportError, export_package
    from windward.toolsets.parquet_files import ToolsetError

    def work() -> Path:
        from windward.toolsets.domains import DOMAINS
        from windward.toolsets.stored_domain import domain_of
        from windward.toolsets.toolset import Toolset
        from windward.toolsets.usable import usable

        whole = Toolset.load(library)
        tools, verdicts = usable(library, whole, every=every)
        if not tools:
            raise ExportError(
                f"no tool of {library} is known to work: run windward toolset audit {library} first, or give --all"
            )
        domain = domain_of(library)
        if domain not in DOMAINS:
            raise ExportError(
                f"tools of the domain {domain} call functions of their host, which a package does not have; serve or use them here"
            )
        made = export_package(tools, out, name, verdicts, DOMAINS[domain].prelude)
        say(f"{len(made.names):,} of {len(whole.tools):,} tools exported")
        for id, why in made.left_out.items():
            say(f"left out: {id!r}: {why}")
        return made.folder

    finished(work, (ExportError, ToolsetError))
