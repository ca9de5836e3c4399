"""Best of n as a run: what is drawn, chosen, kept and measured; killed, it buys nothing twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.data import DataError
from windward.evals.reward.scorer import Conversation, Longer, Shorter
from windward.journal import RowsFailedError
from windward.models import Message, ModelError, Reply, Sampling
from windward.recipes.best_of_n import BestOfNConfig, choose_best, read_prompts
from windward.rows import Result, read_results

SUMS = [
    {"prompt": f"What is {i} + {i}?", "reference": str(2 * i), "kind": "math", "never_score": ["sums"]}
    for i in range(1, 6)
]


class Guesses:
    """A policy whose every second answer is right, and longer the later it is drawn."""

    name = "guesses"

    def __init__(self, calls: int = 10_000) -> None:
        self.asked: list[tuple[str, int]] = []
        self.left = calls

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        if not self.left:
            raise ModelError("the endpoint is gone", retryable=False)
        self.left -= 1
        question = messages[-1]["content"]
        self.asked.append((question, sample))
        number = int(question.split()[2])
        answer = 2 * number if sample % 2 else 1000 + sample
        return Reply("so on " * sample + f"the answer is {answer}", model=self.name)


class Knowing:
    """A scorer that likes right answers: those whose number is even and small."""

    name = "knowing"

    def score(self, conversations: Sequence[Conversation]) -> list[float]:
        return [float(int(one[-1]["content"].split()[-1]) < 1000) for one in conversations]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def chosen(
    tmp_path: Path, rows: list[dict[str, Any]], model: Any, scorer: Any, n: int = 4, **more: Any
) -> Path:
    config = BestOfNConfig(written(tmp_path / "prompts.jsonl", rows), n=n)
    choose_best(config, model, scorer, tmp_path / "out", tell=lambda line: None, **more)
    return tmp_path / "out"


def figures(out: Path) -> dict[tuple[str, str, int], Result]:
    rows = read_results(out / "results.parquet")
    return {(row.metric, row.condition["by"], row.condition["n"]): row for row in rows}


def test_the_best_of_more_answers_is_right_more_often_and_the_table_says_so(tmp_path: Path) -> None:
    policy = Guesses()
    out = chosen(tmp_path, SUMS, policy, Knowing())
    assert len(policy.asked) == len(set(policy.asked)) == 20
    by = figures(out)
    assert [by["best_of_accuracy", "best", n].value for n in (1, 2, 4)] == pytest.approx([0.5, 5 / 6, 1.0])
    assert [by["best_of_reward", "best", n].value for n in (1, 2, 4)] == pytest.approx([0.5, 5 / 6, 1.0])
    assert by["best_of_accuracy", "random", 4].value == pytest.approx(0.5)
    assert by["best_of_accuracy", "pass", 2].value == pytest.approx(5 / 6)
    assert by["best_of_accuracy", "vote", 4].value == pytest.approx(1.0)  # wrong answers all differ
    assert by["best_of_kl", "closed form", 4].value == pytest.approx(0.6363, abs=5e-5)
    assert all(row.n == 5 and row.condition["policy"] == "guesses" for row in by.values())


def test_a_scorer_that_likes_the_wrong_answers_is_seen_to(tmp_path: Path) -> None:
    class Mistaken(Knowing):
        name = "mistaken"

        def score(self, conversations: Sequence[Conversation]) -> list[float]:
            return [-one for one in super().score(conversations)]

    by = figures(chosen(tmp_path, SUMS, Guesses(), Mistaken()))
    assert by["best_of_reward", "best", 4].value > by["best_of_reward", "random", 4].value
    assert by["best_of_accuracy", "best", 4].value == 0.0


def test_the_best_answers_are_rows_to_learn_from(tmp_path: Path) -> None:
    from windward.training.examples import messages_of

    out = chosen(tmp_path, SUMS, Guesses(), Longer())
    rows = pq.read_table(out / "best.parquet").to_pylist()
    assert [row["messages"][-1]["content"] for row in rows] == [
        f"so on so on so on the answer is {2 * i}" for i in range(1, 6)
    ]
    assert all(row["never_score"] == ["sums"] and row["n"] == 4 for row in rows)
    assert [message["role"] for message in messages_of(rows[0], "messages")] == ["user", "assistant"]
    ranked = [json.loads(line) for line in (out / "ranked.jsonl").read_text().splitlines()]
    assert [one["place"] for one in ranked[0]["candidates"]] == [3, 2, 1, 0]


def test_an_empty_best_answer_is_no_row(tmp_path: Path) -> None:
    class Silent(Guesses):
        async def generate(self, messages: Any, sampling: Any = None, *, sample: int = 0) -> Reply:
            return Reply("" if sample == 0 else "a word", model=self.name)

    told: list[str] = []
    config = BestOfNConfig(written(tmp_path / "prompts.jsonl", [{"prompt": "Speak."}]), n=2)
    choose_best(config, Silent(), Shorter(), tmp_path / "out", tell=told.append)
    assert pq.read_table(tmp_path / "out" / "best.parquet").num_rows == 0
    assert any("1 best answers are empty" in line for line in told)


def test_a_run_that_broke_off_buys_no_answer_twice(tmp_path: Path) -> None:
    first, second = Guesses(calls=9), Guesses()
    with pytest.raises(RowsFailedError, match="the endpoint is gone"):
        chosen(tmp_path, SUMS, first, Knowing())
    out = chosen(tmp_path, SUMS, second, Knowing())
    assert not set(first.asked) & set(second.asked)
    assert len(first.asked) + len(second.asked) == 20
    third = Guesses()
    before = (out / "best.parquet").read_bytes()
    chosen(tmp_path, SUMS, third, Knowing())
    assert not third.asked and (out / "best.parquet").read_bytes() == before


def test_checks_say_what_an_answer_is_worth(tmp_path: Path) -> None:
    row = {
        "instruction": "What is 2 + 2?",
        "checks": [
            {"kind": "begins", "with": "so"},
            {"kind": "mentions", "any_of": ["answer"]},
            {"kind": "answer", "reference": "4"},
        ],
    }
    by = figures(chosen(tmp_path, [row], Guesses(), Longer()))
    # Answer 0 meets one check, 1 all of them, 2 two, 3 all; the longer, the later.
    assert by["best_of_gold", "random", 1].value == pytest.approx((1 / 3 + 1 + 2 / 3 + 1) / 4)
    assert by["best_of_gold", "best", 4].value == 1.0
    assert by["best_of_gold", "oracle", 2].value == pytest.approx((5 + 2 / 3) / 6)
    assert by["best_of_accuracy", "best", 1].value == pytest.approx(0.5)
    assert ("best_of_accuracy", "vote", 4) not in by


def test_what_could_not_be_read_counts_as_wrong_and_is_counted(tmp_path: Path) -> None:
    class Mumbling(Guesses):
        async def generate(self, messages: Any, sampling: Any = None, *, sample: int = 0) -> Reply:
            reply = await super().generate(messages, sampling, sample=sample)
            return Reply("", model=self.name) if sample == 0 else reply

    by = figures(chosen(tmp_path, SUMS[:2], Mumbling(), Longer()))
    assert by["best_of_accuracy", "best", 4].unparsed == 2
    assert by["best_of_accuracy", "random", 4].value == pytest.approx(0.5)


def test_prompts_of_which_nothing_is_known_have_a_curve_of_reward_alone(tmp_path: Path) -> None:
    rows = [{"prompt": [{"role": "user", "content": "What is 1 + 1?"}]}]
    by = figures(chosen(tmp_path, rows, Guesses(), Longer()))
    assert {metric for metric, *_ in by} == {"best_of_reward", "best_of_kl"}
    assert "nobody says what is right" in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "x"}, "row 0, prompt: expected a text or messages"),
        ({"prompt": "x", "reference": "4"}, "row 0, kind: it says how the reference is checked"),
        ({"prompt": "x", "checks": [{"kind": "vibes"}]}, "row 0, checks: there is no kind of check 'vibes'"),
        ({"prompt": "x", "checks": [{"kind": "begins"}]}, "row 0, checks: .* lacks the field 'with'"),
        (
            {"prompt": "x", "checks": [{"kind": "begins", "with": "a"}], "reference": "4", "kind": "math"},
            "not both",
        ),
        ({"prompt": [{"role": "assistant", "content": "x"}]}, "the last message must be the user's"),
    ],
)
def test_a_malformed_prompt_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_prompts(written(tmp_path / "prompts.jsonl", [row]))


def test_the_page_shows_what_models_wrote_as_text(tmp_path: Path) -> None:
    class Hostile(Guesses):
        async def generate(self, messages: Any, sampling: Any = None, *, sample: int = 0) -> Reply:
            return Reply("<script>alert(1)</script>" * (sample + 1), model=self.name)

    out = chosen(tmp_path, SUMS[:2], Hostile(), Longer())
    page = (out / "report.html").read_text()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert "How often the chosen answer is right" in page


def test_the_command_runs_a_checkpoint_and_names_what_is_wrong(tiny_checkpoint: Path, tmp_path: Path) -> None:
    prompts = written(tmp_path / "prompts.jsonl", SUMS[:2])
    command = ["best-of-n", prompts, "--model", tiny_checkpoint, "--reward", "shorter", "--n", "3"]
    command += ["--max-tokens", "6", "--out", tmp_path / "out"]
    done = CliRunner().invoke(app, list(map(str, command)))
    assert done.exit_code == 0, done.output
    assert "n = 3: reward" in done.output and "KL 0.4319 nats" in done.output
    assert {n for *_, n in figures(tmp_path / "out")} == {1, 2, 3}
    cold = CliRunner().invoke(app, [*map(str, command), "--temperature", "0"])
    assert cold.exit_code == 2 and "all answers are the same" in cold.output
    other = CliRunner().invoke(app, [*map(str, command), "--seed", "1"])
    assert other.exit_code == 2 and "holds another run" in other.output
