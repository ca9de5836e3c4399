"""Programs over pictures, end to end: what a scripted model writes for drawn questions becomes tools that solve other pictures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drawn_questions import save_pictures, tools
from drawn_shapes import EYES

from windward.toolsets.validate import LIMITS, Validator
from windward.toolsets.vision import vision_domain


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Validator]:
    folder = tmp_path_factory.mktemp("pictures")
    save_pictures(folder)
    with Validator(LIMITS, jobs=2, domain=vision_domain(EYES, folder)) as made:
        yield made


def test_programs_solve_drawn_questions_and_one_without_its_model_says_so(validator: Validator) -> None:
    found = {verdict.tool: verdict for verdict in validator.validate(tools(), "specific")}
    failed = found.pop("how far")
    assert {verdict.verdict for verdict in found.values()} == {"ok"}, found
    assert (failed.verdict, failed.error) == ("crash", "RuntimeError")
    assert "no model answers depth here: plug one in" in failed.message
