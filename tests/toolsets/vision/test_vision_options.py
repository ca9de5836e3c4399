"""Commands choose the domain of pictures by name, with the user's models and images."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from windward.cli.vision_options import chosen_domain
from windward.recipes.errors import RecipeError
from windward.toolsets.domains import MATH


def test_a_domain_is_chosen_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_option_eyes.py").write_text(
        "from windward.toolsets.vision import VisionModels\nmodels = VisionModels(caption=lambda one: 'a cat')\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "my_option_eyes", raising=False)
    domain = chosen_domain("vision", "my_option_eyes:models", tmp_path)
    assert domain.name == "vision" and "image.caption()" in domain.briefing
    assert chosen_domain("math", None, None) is MATH


@pytest.mark.parametrize(
    ("name", "vision", "images", "error"),
    [
        ("vision", None, Path(), "need --vision MODULE:OBJECT"),
        ("vision", "a:b", None, "and --images DIR"),
        ("tables", "a:b", None, "are for the domain vision, not for tables"),
        ("music", None, None, "use one of math, tables, vision"),
    ],
)
def test_what_is_missing_or_too_much_is_said(
    name: str, vision: str | None, images: Path | None, error: str
) -> None:
    with pytest.raises(RecipeError, match=error):
        chosen_domain(name, vision, images)
