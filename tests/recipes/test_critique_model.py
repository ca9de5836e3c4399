"""Critique models: they learn what they are asked, from scores that can be believed, and are measured on other critiques."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from windward.cli import app
from windward.feedback import Completion, Critique, Record, RecordWriter, criticise
from windward.feedback.scores import read_critique
from windward.models import Message, Reply, local, scripted
from windward.recipes.critique_model import (
    CritiqueCounts,
    critique_messages,
    critique_rows,
    critique_target,
    measure_critique,
    train_critique,
    write_critique_rows,
)
from windward.recipes.errors import RecipeError
from windward.rows import Result, read_results
from windward.training import SFTConfig, never_score

GOOD = "The sum is right, and the way to it is shown."
BAD = "The sum is wrong: count the apples again."


def record(number: int, *, audit: Any = "kept", score: float | None = None, text: str = "") -> Record:
    """A sum that is answered rightly or wrongly, and what a tutor said of it."""
    right = number % 2 == 0
    answer = number + 4 if right else number + 5
    gold = score if score is not None else (9.0 if right else 2.0)
    critique = Critique(text or (GOOD if right else BAD), gold, judge="tutor", audit=audit)
    completion = Completion(
        "student", f"The answer is {answer}.", principle="helpfulness", system="Be of use.", critique=critique
    )
    return Record(
        f"r{number}",
        "sums",
        f"Tom has {number} apples and buys 4 more. How many?",
        (completion,),
        never_score=("sums",),
    )


def written(path: Path, records: Sequence[Record]) -> Path:
    with RecordWriter(path) as file:
        for one in records:
            file.write(one)
    return path


@pytest.fixture(scope="module")
def roomy_checkpoint(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny checkpoint with a context that holds a critic's prompt."""
    folder = tmp_path_factory.mktemp("roomy") / "tiny"
    shutil.copytree(tiny_checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 2048}))
    return folder


@given(st.text(min_size=1, max_size=200), st.sampled_from([1 + half / 2 for half in range(19)]))
def test_every_target_is_read_back_as_the_feedback_and_score_that_it_holds(text: str, score: float) -> None:
    target = critique_target(Critique(text, score))
    if target is not None:
        said, _, last = target.rpartition("\n")
        reading = read_critique(target)
        assert (reading.text, reading.mark.value) == (said, score)
        assert last == f"Overall Score: {score:g}" and said in text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (GOOD, f"{GOOD}\nOverall Score: 1"),
        ("Two.\n\nParagraphs.  ", "Two.\n\nParagraphs.\nOverall Score: 1"),
        ("**Feedback:**\nWell done.", "Well done.\nOverall Score: 1"),
        ("Overall Score: 9, I would say.", None),
        ("   ", None),
    ],
)
def test_a_one_is_learnt_as_a_one_and_a_feedback_with_another_score_not_at_all(
    text: str, target: str | None
) -> None:
    assert critique_target(Critique(text, 1.0)) == target


def test_only_scores_that_the_audit_believes_are_learnt_and_the_others_are_counted() -> None:
    records = [
        record(1),
        record(2, audit="repaired"),
        record(3, audit="doubtful"),
        record(4, audit=""),
        record(5, text="Overall Score: 9"),
        record(6).with_completions(
            [
                Completion("student", "4"),
                Completion("student", "", absent="refused"),
                Completion("student", "4", critique=Critique("", None, "unread")),
            ]
        ),
    ]
    counts = CritiqueCounts()
    rows = list(critique_rows(records, counts))
    assert [row.id for row in rows] == ["r1/0", "r2/0"]
    assert counts.rows == 2
    assert counts.left_out == {
        "doubtful by the audit": 1,
        "not audited": 1,
        "not read back as they are": 1,
        "without a score": 2,
        "without an answer": 1,
    }
    assert "2 critiques; left out: 1 doubtful by the audit, 1 not audited" in counts.told()


def test_what_is_learnt_is_token_for_token_what_a_critic_is_asked(
    roomy_checkpoint: Path, tmp_path: Path
) -> None:
    from transformers import AutoTokenizer

    from windward.models.chat import answer_ids, prompt_ids
    from windward.training.examples import read_examples

    tokenizer = AutoTokenizer.from_pretrained(roomy_checkpoint)
    asked = scripted(lambda messages: f"{GOOD}\nOverall Score: 9")
    again = asyncio.run(criticise(record(2), asked))
    assert again.completions[0].critique is not None and again.completions[0].critique.score == 9
    write_critique_rows([record(2)], tmp_path / "rows.parquet")
    (example,) = read_examples(tmp_path / "rows.parquet", tokenizer, 2048)
    ((start, end),) = example.learnt
    assert list(example.tokens[:start]) == prompt_ids(tokenizer, asked.calls[0])
    assert list(example.tokens[start:end]) == answer_ids(tokenizer, f"{GOOD}\nOverall Score: 9")
    assert critique_messages(record(2).instruction, record(2).completions[0]) == asked.calls[0]


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_critique_rows(map(record, range(6)), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    rows = pq.read_table(tmp_path / "a").to_pylist()
    assert rows[0]["never_score"] == ["sums"] and rows[1]["score"] == 2.0


def test_learning_critiques_makes_other_critiques_likelier_and_the_command_says_so(
    roomy_checkpoint: Path, tmp_path: Path
) -> None:
    train = written(tmp_path / "train.parquet", [record(n) for n in range(12)])
    test = written(tmp_path / "test.parquet", [record(n) for n in range(20, 24)])
    command = ["train", "critique", "--model", roomy_checkpoint, "--records", train, "--held-out", test]
    command += ["--out", tmp_path / "critic", "--learning-rate", "1e-2", "--batch-size", "4"]
    command += ["--epochs", "2", "--max-tokens", "16"]
    done = CliRunner().invoke(app, list(map(str, command)))
    assert done.exit_code == 0, done.output
    assert "12 critiques" in done.output and "not to be scored on: sums" in done.output
    assert never_score(tmp_path / "critic") == {"sums"}
    assert json.loads((tmp_path / "critic" / "critique.json").read_text())["rows"] == 12
    rows = read_results(tmp_path / "critic.held-out" / "results.parquet")
    by = {(row.metric, row.condition["stage"]): row for row in rows}
    before, after = by["critique_nll", "before"], by["critique_nll", "after"]
    assert after.value < before.value / 2 and after.n == before.n == 4 and after.stderr is not None
    assert by["score_parse_rate", "before"].value == 0.0 and by["score_parse_rate", "before"].unparsed == 4
    assert isnan(by["score_spearman", "before"].value)
    again = CliRunner().invoke(app, list(map(str, command)))
    assert again.exit_code == 0 and "was finished before" in again.output


def test_the_likelihood_is_that_of_the_targets_tokens_and_its_end(
    roomy_checkpoint: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from windward.models.chat import answer_ids, prompt_ids

    test = written(tmp_path / "test.parquet", [record(7)])
    found = measure_critique(
        {"only": local(roomy_checkpoint)}, test, tmp_path / "out", max_tokens=4, tell=lambda line: None
    )
    tokenizer = AutoTokenizer.from_pretrained(roomy_checkpoint)
    (row,) = critique_rows([record(7)], CritiqueCounts())
    prompt, answer = prompt_ids(tokenizer, row.prompt), answer_ids(tokenizer, row.target)
    plain = AutoModelForCausalLM.from_pretrained(roomy_checkpoint, dtype=torch.float32)
    with torch.inference_mode():
        logits = plain(input_ids=torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(answer)).item()
    assert found[0].metric == "critique_nll" and found[0].value == pytest.approx(expected, abs=1e-4)


class Fake:
    """A critic whose score follows the answer's number, with the seed's noise, and cannot be read now and then."""

    def __init__(self, noise: float, unread: int = 0) -> None:
        self.name = f"fake-{noise}-{unread}"
        self._random, self._noise, self._unread = random.Random(3), noise, unread
        self.asked = 0

    async def generate(self, messages: Sequence[Message], sampling: Any = None, *, sample: int = 0) -> Reply:
        self.asked += 1
        if self.asked <= self._unread:
            return Reply("I like it.", model=self.name)
        number = int(messages[-1]["content"].split("Tom has ")[1].split()[0])
        score = min(10, max(1, round(1 + number % 10 + self._noise * self._random.gauss(0, 1))))
        return Reply(f"Well.\nOverall Score: {score}", model=self.name)

    async def score(self, messages: Sequence[Message], completion: str) -> tuple[float, ...]:
        return (-1.0, -3.0)


def measured(tmp_path: Path, critic: Fake) -> dict[str, Result]:
    records = [record(number, score=1.0 + number % 10) for number in range(60)]
    path = written(tmp_path / "gold.parquet", records)
    found = measure_critique({"now": critic}, path, tmp_path / "out", tell=lambda line: None)
    return {row.metric: row for row in found}


def test_a_critic_that_knows_agrees_and_one_that_guesses_does_not(tmp_path: Path) -> None:
    for name in ("knows", "guesses"):
        (tmp_path / name).mkdir()
    knows = measured(tmp_path / "knows", Fake(0.0))["score_spearman"]
    guesses = measured(tmp_path / "guesses", Fake(1000.0))["score_spearman"]
    assert knows.value == pytest.approx(1.0)
    assert guesses.condition["low"] < 0 < guesses.condition["high"]
    assert guesses.stderr == pytest.approx(1 / 60**0.5, rel=0.4)


def test_critiques_that_cannot_be_read_stay_in_the_denominator(tmp_path: Path) -> None:
    by = measured(tmp_path, Fake(0.0, unread=15))
    assert (by["score_parse_rate"].value, by["score_parse_rate"].n) == (0.75, 60)
    assert by["score_spearman"].unparsed == 15 and by["score_spearman"].condition["pairs"] == 45
    assert by["critique_nll"].value == pytest.approx(2.0) and by["critique_nll"].stderr == 0.0


def test_a_measurement_that_is_there_asks_nobody_again(tmp_path: Path) -> None:
    first, second = Fake(1.0), Fake(1.0)
    one, two = (measured(tmp_path, critic) for critic in (first, second))
    assert first.asked == 60 and second.asked == 0
    assert one == two


def test_records_without_a_believable_score_are_refused_with_the_way_out(
    roomy_checkpoint: Path, tmp_path: Path
) -> None:
    records = written(tmp_path / "records.parquet", [record(1, audit="")])
    with pytest.raises(RecipeError, match=r"1 not audited.*windward feedback audit"):
        train_critique(roomy_checkpoint, records, tmp_path / "out", SFTConfig(), tell=lambda line: None)
    command = ["train", "critique", "--model", roomy_checkpoint, "--out", tmp_path / "out", "--records"]
    done = CliRunner().invoke(app, [*map(str, command), str(records)])
    assert done.exit_code == 2 and "no critique to learn" in done.output
    missing = CliRunner().invoke(app, [*map(str, command), str(tmp_path / "nowhere.parquet")])
    assert missing.exit_code == 1 and "nowhere.parquet cannot be read" in missing.output
