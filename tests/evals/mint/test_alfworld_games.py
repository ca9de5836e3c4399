"""The games of ALFWorld before any is played: their archive, their listing, their prompts."""

import ast
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

import windward
from windward.evals.data import DataError
from windward.evals.mint.alfworld import open_game
from windward.evals.mint.alfworld_games import alfworld_instances, game_file, games_folder

DATA = Path(os.environ.get("WINDWARD_DATA", "/nowhere")) / "mint"
TASK_ID = "pick_two_obj_and_place-Mug-None-Shelf-7/trial_T1"
GAME = f"alfworld/json_2.1.1/valid_unseen/{TASK_ID}/game.tw-pddl"
LISTING = "alfworld/gamefile_id.txt"
PROBLEM = """
(:objects
  Mug_bar_1 - object
  Mug_bar_2 - object
  Shelf_bar_1 - receptacle
  Shelf_bar_2 - receptacle
  Sink_bar_1_bar_SinkBasin - receptacle
  Sink_bar_1 - object
)
(:init (receptacleAtLocation Sink_bar_1_bar_SinkBasin loc_1) (receptacleAtLocation Shelf_bar_1 loc_2)
  (receptacleAtLocation Shelf_bar_2 loc_2))
"""
GRAMMAR = '{"task": [{"rhs": "Your task is to: put two mug in shelf."}]}'


def _archive(path: Path, files: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:xz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        for member in more:
            tar.addfile(member)
    return path


def _game() -> bytes:
    return json.dumps({"pddl_problem": PROBLEM, "grammar": GRAMMAR}).encode()


def _link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "windward"


def test_an_archive_is_unpacked_once_and_only_what_is_needed(tmp_path: Path, cache: Path) -> None:
    files = {LISTING: b"", GAME: _game(), GAME.replace("game.tw-pddl", "traj_data.json"): b"{}"}
    archive = _archive(tmp_path / "alfworld_games.tar.xz", {**files, "alfworld/x.py": b"1 / 0"})
    root = games_folder(tmp_path)
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == [
        "game.tw-pddl",
        "gamefile_id.txt",
    ]
    before = game_file(TASK_ID, root).stat().st_mtime_ns
    assert games_folder(archive) == games_folder(root) == root
    assert game_file(TASK_ID, archive).stat().st_mtime_ns == before
    assert [path.name for path in cache.iterdir()] == [root.name]


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("alfworld/../../evil"),
        tarfile.TarInfo("/tmp/windward-evil"),
        _link("alfworld/link", "/etc", tarfile.SYMTYPE),
        _link("alfworld/link", "alfworld/gamefile_id.txt", tarfile.LNKTYPE),
        _link("alfworld/pipe", "", tarfile.FIFOTYPE),
        _link("alfworld/device", "", tarfile.CHRTYPE),
    ],
    ids=["parent", "absolute", "symbolic link", "hard link", "pipe", "device"],
)
def test_an_archive_with_one_evil_member_leaves_nothing(
    tmp_path: Path, cache: Path, member: tarfile.TarInfo
) -> None:
    archive = _archive(tmp_path / "alfworld_games.tar.xz", {LISTING: b"", GAME: _game()}, member)
    with pytest.raises(DataError, match="nothing was unpacked"):
        games_folder(archive)
    assert list(cache.iterdir()) == []


def test_a_torn_archive_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    archive = _archive(tmp_path / "alfworld_games.tar.xz", {LISTING: b"", GAME: os.urandom(200_000)})
    archive.write_bytes(archive.read_bytes()[:100_000])
    with pytest.raises(DataError, match="no whole archive"):
        games_folder(archive)
    assert list(cache.iterdir()) == []


def test_a_file_too_large_for_a_game_is_refused(tmp_path: Path, cache: Path) -> None:
    archive = _archive(tmp_path / "alfworld_games.tar.xz", {LISTING: b"", GAME: bytes(17 * 1024 * 1024)})
    with pytest.raises(DataError, match="too large"):
        games_folder(archive)
    assert list(cache.iterdir()) == []


def test_a_folder_without_games_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"alfworld_games\.tar\.xz.*WINDWARD_DATA"):
        games_folder(tmp_path)


@pytest.mark.parametrize("task_id", ["../../secret", "a/b", "/etc/passwd", "a/..", ""])
def test_an_id_that_is_no_game_is_refused(tmp_path: Path, task_id: str) -> None:
    _archive(tmp_path / "alfworld_games.tar.xz", {LISTING: b"", GAME: _game()})
    outside = games_folder(tmp_path) / "secret" / "game.tw-pddl"
    outside.parent.mkdir()
    outside.write_bytes(_game())
    with pytest.raises(DataError, match="has no game"):
        game_file(task_id, tmp_path)


def test_a_prompt_lists_receptacles_as_the_game_numbers_them(tmp_path: Path) -> None:
    ids = [f"pick_two_obj_and_place-Mug-None-Shelf-{n}/trial_T1" for n in range(134)]
    games = {f"alfworld/json_2.1.1/valid_unseen/{task_id}/game.tw-pddl": _game() for task_id in ids}
    _archive(tmp_path / "alfworld_games.tar.xz", {LISTING: "\n".join(ids).encode(), **games})
    instances = alfworld_instances(tmp_path)
    assert [instance.id for instance in instances] == ids
    assert instances[0].prompt == (
        "Interact with a household to solve a task. \nYou are in the middle of a room. Looking quickly around you, "
        "you see a shelf 2, a shelf 1, and a sinkbasin 1.\nYour task is to: put two mug in shelf."
    )
    assert instances[0].metadata["task_type"] == "puttwo"


def test_a_listing_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    _archive(tmp_path / "alfworld_games.tar.xz", {LISTING: TASK_ID.encode(), GAME: _game()})
    with pytest.raises(DataError, match="lists 1 games; MINT has 134"):
        alfworld_instances(tmp_path)


def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install 'windward\[alfworld\]'"):
        open_game(TASK_ID, tmp_path)


def test_the_host_imports_neither_the_games_engine_nor_what_drives_it() -> None:
    """The engine evaluates what stands in a game file."""
    source = Path(windward.__file__).parent
    for path in source.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
            for name in names:
                engine = name.split(".")[0] in {"textworld", "alfworld", "fast_downward"}
                assert not engine or path.name == "alfworld_inside.py", path
                assert not name.endswith("alfworld_inside"), path


@pytest.mark.skipif(not DATA.is_dir(), reason="WINDWARD_DATA is not set")
def test_every_prompt_is_as_recorded() -> None:
    import pyarrow.dataset

    runs = pyarrow.dataset.dataset(DATA / "trajectories.parquet").to_table(
        columns=["task_id", "prompt", "task_metadata"],
        filter=pyarrow.dataset.field("task") == "alfworld",
    )
    recorded = {row["task_id"]: row for row in runs.to_pylist()}
    instances = alfworld_instances(DATA)
    assert len(instances) == len(recorded) == 134
    for instance in instances:
        assert instance.prompt == recorded[instance.id]["prompt"]
        assert (
            instance.metadata["task_type"] == json.loads(recorded[instance.id]["task_metadata"])["task_type"]
        )
