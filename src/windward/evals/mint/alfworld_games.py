"""The 134 games of ALFWorld in MINT: their archive unpacked once, and what can be told without playing.

A game is `json_2.1.1/valid_unseen/TASK/TRIAL/game.tw-pddl`, a JSON object of a planning problem and the grammar
of its texts; `gamefile_id.txt` lists the games of the benchmark (the archive holds more). Nothing is run here.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import shutil
import tarfile
import tempfile
from collections import Counter
from pathlib import Path, PurePosixPath

from windward.evals.data import DataError
from windward.evals.mint.instances import SIZES, Instance

ARCHIVE = "alfworld_games.tar.xz"
_LISTING = "gamefile_id.txt"
_SPLIT = "json_2.1.1/valid_unseen"
_GAME = "game.tw-pddl"
_MAX_FILE = 16 * 1024 * 1024
_MAX_TOTAL = 1024 * 1024 * 1024

_TASK_TYPES = {
    "pick_and_place_simple": "put",
    "look_at_obj_in_light": "examine",
    "pick_clean_then_place_in_recep": "clean",
    "pick_heat_then_place_in_recep": "heat",
    "pick_cool_then_place_in_recep": "cool",
    "pick_two_obj_and_place": "puttwo",
}
"""What the recorded runs call each kind of task."""


def alfworld_instances(folder: str | Path) -> list[Instance]:
    """The problems of the task `alfworld`, in the order of the benchmark's listing.

    A prompt is the task and what is first seen, as in the recorded runs; no game is played for it and the extra
    `alfworld` is not needed.

    Args:
        folder: see `games_folder`.

    Raises:
        DataError: there are no games there, or one is malformed.
    """
    root = games_folder(folder)
    ids = [
        line.strip() for line in (root / _LISTING).read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    if len(set(ids)) != SIZES["alfworld"] or len(ids) != len(set(ids)):
        raise DataError(f"{root / _LISTING} lists {len(ids)} games; MINT has {SIZES['alfworld']}, each once")
    return [_instance(task_id, root) for task_id in ids]


def game_file(task_id: str, folder: str | Path) -> Path:
    """The file of a game.

    Raises:
        DataError: there is no such game.
    """
    root = games_folder(folder)
    path = root / _SPLIT / task_id / _GAME
    if not re.fullmatch(r"[\w-]+/[\w-]+", task_id, re.ASCII) or not path.is_file():
        raise DataError(f"{root} has no game {task_id!r}; its {_LISTING} lists the games")
    return path


def games_folder(folder: str | Path) -> Path:
    """The unpacked games.

    Args:
        folder: a folder of unpacked games, a folder that holds `alfworld_games.tar.xz`, or that file itself. The
            archive is unpacked at the first use into `$XDG_CACHE_HOME/windward` (`~/.cache/windward`; 20 MB).

    Raises:
        DataError: it is none of these, or the archive cannot be unpacked.
    """
    path = Path(folder)
    for root in (path, path / "alfworld"):
        if (root / _LISTING).is_file():
            return root
    archive = path / ARCHIVE if path.is_dir() else path
    if not archive.is_file():
        raise DataError(
            f"{path} has no games of ALFWorld: it is neither {ARCHIVE}, nor a folder with it, nor a folder with "
            f"{_LISTING}. Name MINT's folder with --data, or set WINDWARD_DATA to the folder that holds mint/."
        )
    return _unpacked(archive)


def _unpacked(archive: Path) -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "windward"
    try:
        target = home / f"alfworld-{hashlib.sha256(archive.read_bytes()).hexdigest()[:16]}"
        if target.is_dir():
            return target
        home.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=".part", dir=home))
        try:
            _unpack(archive, part)
            _move(part, target)
        finally:
            shutil.rmtree(part, ignore_errors=True)  # gone, where it has become the target
    except OSError as error:
        raise DataError(
            f"{archive} could not be unpacked below {home}: {error}. Set XDG_CACHE_HOME to a folder with room, or "
            "unpack it yourself and name that folder."
        ) from error
    return target


def _move(part: Path, target: Path) -> None:
    try:
        part.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was first, with the same files
            raise


def _unpack(archive: Path, folder: Path) -> None:
    """Writes the games and their listing; refuses the whole archive for one member that leads elsewhere."""
    total = 0
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                path = _checked(member, archive)
                total += member.size
                if member.size > _MAX_FILE or total > _MAX_TOTAL:
                    raise DataError(f"{archive}: {member.name!r} is too large for a file of ALFWorld's games")
                if path is None or not member.isfile():
                    continue
                source = tar.extractfile(member)
                assert source is not None
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(source.read())
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        raise DataError(f"{archive} is no whole archive ({error}); fetch it again") from error
    if not (folder / _LISTING).is_file():
        raise DataError(f"{archive} has no alfworld/{_LISTING}; it is not the archive of MINT's games")


def _checked(member: tarfile.TarInfo, archive: Path) -> PurePosixPath | None:
    """Where a member goes; None if it is not needed."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
        raise DataError(
            f"{archive}: {member.name!r} is a link, a device, or leads out of the folder; nothing was unpacked"
        )
    if path.parts[:1] != ("alfworld",):
        return None
    inner = path.relative_to("alfworld")
    wanted = inner.name == _GAME and inner.is_relative_to(_SPLIT) and len(inner.parts) == 5
    return inner if wanted or str(inner) == _LISTING else None


def _instance(task_id: str, root: Path) -> Instance:
    path = game_file(task_id, root)
    try:
        game = json.loads(path.read_text(encoding="utf-8"))
        prompt = f"{_first_look(game['pddl_problem'])}\n{_goal(game['grammar'])}"
        kind = _TASK_TYPES[task_id.split("-", 1)[0]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no game of ALFWorld ({error!r}); unpack {ARCHIVE} again") from error
    return Instance(
        "alfworld",
        task_id,
        f"{PREFACE}{prompt}",
        "",
        {"task_type": kind, "game": str(path.relative_to(root))},
    )


PREFACE = "Interact with a household to solve a task. \n"
"""What precedes the first observation in the recorded runs, its trailing blank included."""


def _goal(grammar: str) -> str:
    found = re.search(r'"(Your task is to: [^"\\]*)"', grammar)
    if found is None:
        raise ValueError("its grammar states no task")
    return found[1]


def _first_look(problem: str) -> str:
    """What `look` shows at the start: all receptacles.

    The games number things of a kind downwards in the order of their names in the plan, receptacles or not.
    """
    names = re.findall(r"^\s*(\w+_bar_\w+) - (?:object|receptacle)\s*$", problem, re.MULTILINE)
    placed = set(re.findall(r"\(receptacleAtLocation (\w+) ", problem))
    left = Counter(_kind(name) for name in set(names))
    seen = []
    for name in sorted(set(names), key=str.lower):
        if name in placed:
            seen.append(f"a {_kind(name)} {left[_kind(name)]}")
        left[_kind(name)] -= 1
    if not seen:
        raise ValueError("its problem places no receptacle")
    listed = seen[0] if len(seen) == 1 else f"{', '.join(seen[:-1])}, and {seen[-1]}"
    return f"You are in the middle of a room. Looking quickly around you, you see {listed}."


def _kind(name: str) -> str:
    kind = name.split("_bar_", 1)[0].lower()
    return f"{kind}basin" if "basin" in name.lower() else kind
