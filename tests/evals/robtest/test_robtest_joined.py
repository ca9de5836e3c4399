"""Questions asked as they are and changed: what turns is counted question by question, and nothing is asked in vain."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.data import DataError
from windward.evals.folder import FolderError
from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.joined import JoinedConfig, measure_joined
from windward.evals.unknown.records import questions
from windward.journal import RowsFailedError
from windward.models import Message, ModelError
from windward.models.scripted_model import scripted
from windward.rows import Result, read_results, select

KNOWN = [(f"which village lies beside the green meadow {n}?", (f"place {n}",), "") for n in range(4)]
UNKNOWN = [(f"which village lies beside the purple blorbit {n}?", (), "") for n in range(4)]
SHORT = [("why so?", (), "")]
ASKED = [
    *questions("RefuNQ", "answerable", KNOWN),
    *questions("RefuNQ", "unanswerable", UNKNOWN),
    *questions("NEC", "answerable", SHORT),
]
CONFIG = JoinedConfig(dimensions=("typo",), degrees=(0.3,))
NONSENSE = {text for text, _, _ in UNKNOWN}
AS_WRITTEN = {text for text, _, _ in (*KNOWN, *UNKNOWN, *SHORT)}


class Reader:
    """Knows what is spelled as it should be. Of what is not, it declines number 0, is wrong about 1, and invents what it would decline.

    Attributes:
        seen: the questions it was asked.
    """

    def __init__(self, dies_after: int = 10**9) -> None:
        self.seen: list[str] = []
        self._dies_after = dies_after

    def __call__(self, messages: Sequence[Message]) -> str:
        question = messages[-1]["content"]
        if len(self.seen) >= self._dies_after:
            raise ModelError("the endpoint went away")
        self.seen.append(question)
        number, as_written = question[-2], question in AS_WRITTEN
        if question in NONSENSE or (not as_written and number == "0"):
            return "I do not know."
        return f"It is place {number}." if as_written or number != "1" else "It lies <b>there</b>."


def joined(reader: Reader, out: Path, config: JoinedConfig = CONFIG) -> list[Result]:
    measure_joined(scripted(reader), ASKED, out, config, tell=lambda _: None)
    return read_results(out / "results.parquet")


def rate(found: list[Result], metric: str, **told: object) -> tuple[float, int]:
    (one,) = select(found, metric=metric, dataset="RefuNQ", condition=told)
    assert one.condition["joined"] == "unknown" and one.system == "robtest"
    return one.value, one.n


def test_what_turns_is_counted_question_by_question(tmp_path: Path) -> None:
    found = joined(Reader(), tmp_path / "run")
    lexical = {"detector": "lexical"}
    # Of four known ones: 0 turns to a refusal, 1 to a wrong answer; of four unknown ones 1, 2 and 3 lose their refusal.
    assert rate(found, "spurious_abstention_rate", **lexical) == (0.25, 4)
    assert rate(found, "abstention_lost_rate", **lexical) == (0.75, 4)
    assert rate(found, "right_answer_lost_rate") == (0.5, 4)
    assert rate(found, "accuracy_change") == (-0.5, 4)
    (change,) = select(
        found, metric="refusal_rate_change", dataset="RefuNQ", split="unanswerable", condition=lexical
    )
    assert (change.value, change.condition["gained"], change.condition["lost"]) == (-0.75, 0, 3)
    assert change.condition["changed"] == 4 and change.condition["mcnemar_p"] == 0.25
    assert {one.condition["detector"] for one in select(found, metric="spurious_abstention_rate")} == {
        "lexical",
        "lexical-paper",
    }
    # Beside them stands one of another set that nothing can change: together these are five.
    (pooled,) = select(found, metric="spurious_abstention_rate", dataset="all", condition=lexical)
    assert (pooled.value, pooled.n) == (0.2, 5)
    flips = [json.loads(line) for line in (tmp_path / "run" / "flips.jsonl").read_text().splitlines()]
    assert sorted(one["kind"] for one in flips) == ["abstention lost"] * 3 + ["right answer lost"] * 2 + [
        "spurious abstention"
    ]
    assert all(one["question"] != one["changed"] for one in flips)


def test_a_question_that_cannot_change_is_asked_once_and_stays_in_the_denominator(tmp_path: Path) -> None:
    reader = Reader()
    found = joined(reader, tmp_path / "run")
    assert reader.seen.count("why so?") == 1 and len(reader.seen) == 9 + 8
    (short,) = select(
        found, metric="refusal_rate_change", dataset="NEC", condition={"detector": "lexical", "changed": 0}
    )
    assert (short.value, short.n) == (0.0, 1)


def test_words_of_right_answers_and_those_to_keep_stay(tmp_path: Path) -> None:
    reader = Reader()
    joined(
        reader, tmp_path / "run", JoinedConfig(("typo",), (0.3,), keep=("village", "lies", "beside", "which"))
    )
    changed = [text for text in reader.seen if text not in AS_WRITTEN]
    assert changed and all(text.startswith("which village lies beside") for text in changed)


def test_a_run_that_was_killed_asks_nothing_twice_and_ends_alike(tmp_path: Path) -> None:
    whole = joined(Reader(), tmp_path / "whole")
    broken, again = Reader(dies_after=12), Reader()
    with pytest.raises(RowsFailedError):
        joined(broken, tmp_path / "run")
    assert joined(again, tmp_path / "run") == whole
    assert len(broken.seen) + len(again.seen) == 17
    idle = Reader()
    assert joined(idle, tmp_path / "run") == whole and not idle.seen
    with pytest.raises(FolderError, match="holds another run"):
        joined(idle, tmp_path / "run", JoinedConfig(("glyph",), (0.3,)))


def test_the_page_shows_what_turned_as_text(tmp_path: Path) -> None:
    joined(Reader(), tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text()
    assert "&lt;b&gt;there" in page and "<b>there" not in page
    assert "Spurious abstention" in page and "Do it again" in page
    table = (tmp_path / "run" / "joined.md").read_text()
    assert "| answered, then refused | RefuNQ, answerable |" in table and "there" not in table


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (JoinedConfig(("smell",)), "no dimension 'smell'"),
        (JoinedConfig(("typo",), (0.0,)), "above 0"),
        (JoinedConfig(("synonym",), mode="malicious"), "synonym has no malicious mode"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_anything_is_asked(
    tmp_path: Path, config: JoinedConfig, said: str
) -> None:
    reader = Reader()
    with pytest.raises(RobTestError, match=said):
        joined(reader, tmp_path / "run", config)
    with pytest.raises(DataError, match="no question"):
        measure_joined(scripted(reader), [], tmp_path / "run", CONFIG)
    assert not reader.seen and not (tmp_path / "run").exists()


def test_a_checkpoint_is_asked_our_sets_from_the_command_line(tmp_path: Path, tiny_checkpoint: Path) -> None:
    out = tmp_path / "run"
    usual = [
        "robtest",
        "unknown",
        "--model",
        str(tiny_checkpoint),
        "--own",
        "--limit",
        "1",
        "--max-tokens",
        "4",
    ]
    done = CliRunner().invoke(app, [*usual, "--dimension", "typo", "--degree", "0.3", "--out", str(out)])
    assert done.exit_code == 0, done.output
    found = select(read_results(out / "results.parquet"), metric="refusal_rate_change")
    assert len(found) == (3 + 1) * 2 * 2 and {one.n for one in found} == {1, 3}
    done = CliRunner().invoke(app, [*usual, "--dimension", "smell", "--out", str(tmp_path / "other")])
    assert done.exit_code == 2 and "no dimension 'smell'" in done.output
