"""The user's own models are named on the command line as MODULE:OBJECT."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from windward.toolsets.vision import VisionModels, VisionModelsError, load_vision, vision_domain

EYES = """\
from windward.toolsets.vision import VisionModels
models = VisionModels(caption=lambda picture: "a cat")
def make():
    return VisionModels(find=lambda picture, name: [])
number = 7
"""


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_eyes_of_test.py").write_text(EYES)
    (tmp_path / "my_broken_eyes.py").write_text("import no_such_library_anywhere")
    monkeypatch.chdir(tmp_path)
    for name in ("my_eyes_of_test", "my_broken_eyes"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def test_an_object_or_a_function_that_makes_it_is_loaded_from_the_current_folder(own_module: Path) -> None:
    before = list(sys.path)
    assert load_vision("my_eyes_of_test:models").plugged == ("caption",)
    assert load_vision("my_eyes_of_test:make").plugged == ("find", "exists")
    assert load_vision("my_eyes_of_test:make").name == "my_eyes_of_test:make"
    assert sys.path == before


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ("my_eyes_of_test", "is not MODULE:OBJECT"),
        (":models", "is not MODULE:OBJECT"),
        ("my_eyes_of_test:a.b", "is not MODULE:OBJECT"),
        ("no_such_module_of_mine:models", "there is no module 'no_such_module_of_mine'"),
        ("my_eyes_of_test:absent", "has no 'absent'"),
        ("my_eyes_of_test:number", "is int, no windward.toolsets.vision.VisionModels"),
    ],
)
def test_what_names_no_models_is_refused(own_module: Path, spec: str, error: str) -> None:
    with pytest.raises(VisionModelsError, match=error):
        load_vision(spec)


def test_a_module_that_lacks_a_library_says_which(own_module: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_library_anywhere"):
        load_vision("my_broken_eyes:models")


def test_exists_can_be_asked_where_things_can_be_found() -> None:
    assert VisionModels().plugged == ()
    assert VisionModels(find=lambda picture, name: []).answers("exists")


def test_other_models_are_another_environment() -> None:
    """Verdicts are stored by the hash of the prelude: what one model saw must not pass for what another sees."""
    mine = VisionModels(find=lambda picture, name: [], name="mine")
    preludes = {
        vision_domain(models, {}).prelude
        for models in (mine, replace(mine, name="yours"), replace(mine, find=None), mine)
    }
    assert len(preludes) == 3
    hostile = replace(mine, name="a\nimport os\r\u2028import sys\x85")
    assert len(vision_domain(hostile, {}).prelude.splitlines()) == len(
        vision_domain(mine, {}).prelude.splitlines()
    )
