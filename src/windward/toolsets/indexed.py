"""A library's index on disk: made when it is first needed, and again when the tools are others."""

from __future__ import annotations

from pathlib import Path

from windward.toolsets.index import Encoder, Library
from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.toolset import TOOLS, Toolset

INDEX = "index.npz"


def indexed(folder: str | Path, toolset: Toolset, encoder: Encoder) -> Library:
    """The vectors of a toolset's folder; `index.npz` there is read, or made where it is missing or older than the tools.

    Args:
        folder: of the toolset.
        toolset: what was loaded from it.
        encoder: what queries come with.

    Raises:
        ToolsetError: the index is of another encoder, or is none; or there are no tools to be found.
    """
    if not toolset.tools:
        raise ToolsetError(f"{folder} is a library without tools: nothing can be found in it")
    path = Path(folder) / INDEX
    if path.exists():
        library = _loaded(path)
        if library.encoder != encoder.name:
            raise ToolsetError(
                f"{path} was made with {library.encoder or 'an encoder that it does not name'}, not with {encoder.name}: "
                "use that encoder, or delete the file to have it made again"
            )
        fresh = path.stat().st_mtime_ns >= (Path(folder) / TOOLS).stat().st_mtime_ns
        if fresh and library.ids == tuple(tool.id for tool in toolset.tools):
            return library
    library = Library.of_tools(toolset.tools, encoder)
    temporary = path.with_name(f".{INDEX[:-4]}.part.npz")
    library.save(temporary)
    temporary.replace(path)
    return library


def _loaded(path: Path) -> Library:
    try:
        return Library.load(path)
    except (ValueError, KeyError, OSError) as error:
        raise ToolsetError(
            f"{path} is no index of a library ({error}): delete it to have it made again"
        ) from error
