"""Scores are kept as they come; the commands end in the result table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.data import DataError
from windward.evals.reward import read_candidates, rerank
from windward.evals.reward.book import Book, BookError
from windward.evals.reward.measure import measure_pairs
from windward.evals.reward.scorer import Conversation, resolve_scorer, scored
from windward.models import Message, ModelError
from windward.rows import read_results, select

ROWS = [
    {"prompt": "1 + 1?", "chosen": "2", "rejected": "eleven", "subset": "sums"},
    {"prompt": "Name a colour.", "chosen": "crimson", "rejected": "7", "subset": "words"},
    {"prompt": "Say a.", "chosen": "a", "rejected": "b", "subset": "words"},
]


class Counted:
    """Scores by length, and remembers what it was asked; fails after some calls."""

    name = "counted"

    def __init__(self, calls: int = 1000) -> None:
        self.asked: list[str] = []
        self.left = calls

    def score(self, conversations: Sequence[Conversation]) -> list[float]:
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.asked += [one[-1]["content"] for one in conversations]
        return [float(len(one[-1]["content"])) for one in conversations]


def conversations(count: int) -> list[Conversation]:
    return [
        [Message(role="user", content="count"), Message(role="assistant", content="x" * (n + 1))]
        for n in range(count)
    ]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def test_a_killed_run_scores_no_answer_twice(tmp_path: Path) -> None:
    wanted = conversations(100)
    first, second = Counted(calls=2), Counted()
    with pytest.raises(KeyboardInterrupt):
        scored(first, wanted, Book(tmp_path / "scores.jsonl"))
    values = scored(second, wanted, Book(tmp_path / "scores.jsonl"))
    assert values == [float(n + 1) for n in range(100)]
    assert len(first.asked) == 64
    assert not set(first.asked) & set(second.asked)


def test_equal_answers_are_scored_once(tmp_path: Path) -> None:
    scorer = Counted()
    assert scored(scorer, conversations(1) * 5, Book(tmp_path / "scores.jsonl")) == [1.0] * 5
    assert scorer.asked == ["x"]


def test_a_line_that_was_cut_off_is_dropped_and_written_again(tmp_path: Path) -> None:
    path = tmp_path / "book.jsonl"
    Book(path).put("a", 1)
    with path.open("a") as file:
        file.write('{"key": "b", "val')
    book = Book(path)
    assert "b" not in book
    book.put("b", 2)
    assert (Book(path)["a"], Book(path)["b"]) == (1, 2)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "book.jsonl"
    path.write_text('{"key": "a", "value": 1}\nnonsense\n{"key": "b", "value": 1}\n')
    with pytest.raises(BookError, match="line 2 is damaged"):
        Book(path)


def test_a_scorer_that_gives_no_number_is_named(tmp_path: Path) -> None:
    class Broken(Counted):
        def score(self, conversations: Sequence[Conversation]) -> list[float]:
            return [float("nan")] * len(conversations)

    with pytest.raises(ModelError, match="gave the score nan"):
        scored(Broken(), conversations(2), Book(tmp_path / "scores.jsonl"))


def test_the_command_measures_by_source_and_goes_on_with_the_same_folder(tmp_path: Path, pairs: Path) -> None:
    command = ["eval", "reward", str(pairs), "--model", "shorter", "--out", str(tmp_path / "out")]
    for _ in range(2):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    rows = read_results(tmp_path / "out" / "results.parquet")
    (whole,) = [row for row in select(rows, metric="pair_accuracy") if not row.condition]
    assert (whole.value, whole.n, whole.model) == (0.5, 3, "shorter")  # right, wrong, and a tie
    assert select(rows, metric="pair_accuracy", condition={"source": "words"})[0].value == 0.25
    other = CliRunner().invoke(app, [*command[:4], "longer", *command[5:]])
    assert other.exit_code == 2
    assert "holds another run" in other.output


def test_a_reward_model_that_is_not_there_is_said(tmp_path: Path, pairs: Path) -> None:
    done = CliRunner().invoke(
        app, ["eval", "reward", str(pairs), "--model", str(tmp_path / "no"), "--out", "x"]
    )
    assert done.exit_code == 2
    assert "is no reward model" in done.output


def test_a_model_that_has_seen_humaneval_is_not_scored_on_rewardbench(tmp_path: Path) -> None:
    folder = tmp_path / "reward"
    folder.mkdir()
    (folder / "training.json").write_text(json.dumps({"never_score": ["humaneval"]}))
    done = CliRunner().invoke(
        app, ["eval", "reward", "rewardbench", "--model", str(folder), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 2
    assert "humaneval" in done.output


def candidates(path: Path) -> Path:
    rows = [
        {"id": "a", "prompt": "1 + 1?", "candidates": [
            {"text": "It is three.", "answer": "3", "correct": False}, {"text": "2", "answer": "2", "correct": True},
            {"text": "2.", "answer": "2", "correct": True}]},
        {"id": "b", "prompt": "2 + 2?", "candidates": [
            {"text": "5", "answer": "5", "correct": False}, {"text": "It is 4.", "answer": "4", "correct": True},
            {"text": "Who knows?", "correct": False}]},
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_rerank_puts_the_best_first_and_compares_with_chance_vote_and_ceiling(tmp_path: Path) -> None:
    source = candidates(tmp_path / "candidates.jsonl")
    done = CliRunner().invoke(
        app,
        ["rerank", str(source), "--model", "shorter", "--out", str(tmp_path / "out"), "--n", "1", "--n", "3"],
    )
    assert done.exit_code == 0, done.output
    ranked = [json.loads(line) for line in (tmp_path / "out" / "ranked.jsonl").read_text().splitlines()]
    assert [[one["text"] for one in row["candidates"]] for row in ranked] == [
        ["2", "2.", "It is three."],
        ["5", "It is 4.", "Who knows?"],
    ]
    assert [one["place"] for one in ranked[0]["candidates"]] == [1, 2, 0]
    rows = read_results(tmp_path / "out" / "results.parquet")
    by = {(row.condition["by"], row.condition["n"]): row for row in rows}
    assert by["best", 3].value == pytest.approx(0.5)
    assert by["best", 1].value == by["random", 1].value == pytest.approx(0.5)
    assert by["pass", 3].value == 1
    assert by["vote", 3].value == pytest.approx((1 + 0.5) / 2)  # 2 outvotes 3; 5 and 4 tie
    assert by["vote", 3].unparsed == 1
    assert by["vote", 3].n == 2


def test_replies_one_a_line_are_put_together_by_id(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    rows = [{"id": name, "prompt": name, "response": text} for name in "ab" for text in ("x", "yy")]
    path.write_text("".join(json.dumps(row) + "\n" for row in [rows[0], rows[2], rows[1], rows[3]]))
    problems = read_candidates(path)
    assert [[one.text for one in problem.candidates] for problem in problems] == [["x", "yy"], ["x", "yy"]]
    out = rerank(resolve_scorer("longer"), path, tmp_path / "out", tell=lambda line: None)
    assert json.loads(out.read_text().splitlines()[0])["candidates"][0]["text"] == "yy"
    assert not (tmp_path / "out" / "results.parquet").exists()  # nobody said what is right


def test_two_prompts_of_one_id_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    rows = [{"id": 1, "prompt": "a", "response": "x"}, {"id": 1, "prompt": "b", "response": "x"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match="row 1: id '1' was there before"):
        read_candidates(path)


def test_pairs_on_disk_say_what_each_answer_was_worth(tmp_path: Path, pairs: Path) -> None:
    measure_pairs(Counted(), str(pairs), tmp_path / "out", tell=lambda line: None)
    told = [json.loads(line) for line in (tmp_path / "out" / "pairs.jsonl").read_text().splitlines()]
    assert [(one["chosen"], one["rejected"], one["verdict"]) for one in told] == [
        (1, 6, 0),
        (7, 1, 1),
        (1, 1, 0.5),
    ]
