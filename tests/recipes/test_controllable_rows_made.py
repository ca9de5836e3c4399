"""Rows as training and evaluation read them: one wording everywhere, the defects of the released code kept out, counts that add up."""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.control.objectives import read_objectives
from windward.evals.control.prompts import Prompt
from windward.evals.control.requests import Request, conditions
from windward.evals.folder import FolderError
from windward.models.chat import prompt_ids
from windward.recipes.controllable.rows import RowsConfig, make_rows
from windward.recipes.controllable.vocabulary import with_tokens
from windward.recipes.errors import RecipeError
from windward.rows import Result, read_results, select
from windward.training.controllable import Condition
from windward.training.examples import read_examples
from windward.training.pairs import chat_reader, read_pairs

SCALES = read_objectives(["helpfulness", "honesty"])
CONFIG = RowsConfig(SCALES)


def records(folder: Path, prompts: int = 24, answers: int = 4) -> Path:
    """Answers to numbered questions of three sources, with ratings as UltraFeedback's rows have them; some are N/A."""
    draw = Random(0)

    def rating() -> dict[str, str]:
        return {"Rating": draw.choice("123455") if draw.random() > 0.1 else "N/A"}

    rows = [
        {
            "id": f"q{number}",
            "source": ("quiz", "chat", "code")[number % 3],
            "instruction": f"Question {number}?",
            "completions": [
                {
                    "model": f"m{one}",
                    "response": f"Answer {one} to {number}.",
                    "annotations": {"helpfulness": [rating()], "honesty": rating()},
                }
                for one in range(answers)
            ],
        }
        for number in range(prompts)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "records.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def made(folder: Path, config: RowsConfig = CONFIG, **more: int) -> Path:
    make_rows(records(folder, **more), folder / "rows", config, tell=lambda _: None)
    return folder / "rows"


def rows_in(path: Path) -> list[dict]:
    return pq.read_table(path).to_pylist()


def count(results: list[Result], metric: str, **condition: object) -> float:
    (one,) = [row for row in select(results, metric=metric) if row.condition == {"seed": 0} | condition]
    return one.value


@pytest.mark.parametrize("style", ["text", "tokens"])
def test_one_renderer_gives_cpsft_cdpo_and_evaluation_the_same_token_ids(
    tmp_path: Path, tiny_checkpoint: Path, style: str
) -> None:
    from transformers import AutoTokenizer

    checkpoint = tiny_checkpoint
    if style == "tokens":
        checkpoint = with_tokens(str(tiny_checkpoint), tmp_path / "wider", SCALES, tell=lambda _: None)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    folder = made(tmp_path, RowsConfig(SCALES, style=style))  # type: ignore[arg-type]
    learnt = read_examples(folder / "cpsft.parquet", tokenizer, 512)
    compared = read_pairs(folder / "cdpo.parquet", chat_reader(tokenizer), 512)
    of_training: dict[tuple[str, str], set[tuple[int, ...]]] = {}
    for row, example in zip(rows_in(folder / "cpsft.parquet"), learnt, strict=True):
        start, _ = example.learnt[0]
        of_training.setdefault((row["prompt_id"], row["condition"]), set()).add(example.tokens[:start])
    shared = 0
    for row, pair in zip(rows_in(folder / "cdpo.parquet"), compared, strict=True):
        key, start = (row["prompt_id"], row["condition"]), pair.chosen.learnt[0][0]
        assert pair.rejected.tokens[:start] == pair.chosen.tokens[:start]
        shared += key in of_training
        of_training.setdefault(key, set()).add(pair.chosen.tokens[:start])
    assert shared > 5
    asked = 0
    for prompt_id, told in of_training:
        condition = Condition(SCALES, **json.loads(told))
        request = Request(Prompt(prompt_id, f"Question {prompt_id[1:]}?"), condition)
        ids = tuple(prompt_ids(tokenizer, request.messages(style)))  # type: ignore[arg-type]
        assert of_training[prompt_id, told] == {ids}
        asked += condition in conditions(SCALES, together=True)
    assert asked == len(of_training)


def test_a_level_is_one_token_where_tokens_are_added(tmp_path: Path, tiny_checkpoint: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = with_tokens(str(tiny_checkpoint), tmp_path / "wider", SCALES, tell=lambda _: None)
    plain, wider = AutoTokenizer.from_pretrained(tiny_checkpoint), AutoTokenizer.from_pretrained(out)
    both = Condition(SCALES, helpfulness=5, honesty=1)
    ids = wider(both.prefix("tokens"), add_special_tokens=False).input_ids
    assert len(ids) == 2 and min(ids) >= len(plain) and len(wider) == len(plain) + 10
    assert AutoModelForCausalLM.from_pretrained(out).get_input_embeddings().weight.shape[0] == len(wider)
    with pytest.raises(RecipeError, match="there already"):
        with_tokens(str(tiny_checkpoint), out, SCALES)


def prefixes(folder: Path) -> list[str]:
    asked = [row["messages"][0]["content"] for row in rows_in(folder / "cpsft.parquet")]
    asked += [row["prompt"][0]["content"] for row in rows_in(folder / "cdpo.parquet")]
    return [text[: text.index("Question")] for text in asked]


def test_helpfulness_is_never_called_helplessness(tmp_path: Path) -> None:
    """The released CDPO data ask for `helplessness`, the released CPSFT data for `helpfulness`."""
    found = prefixes(made(tmp_path))
    assert not any("helpless" in one for one in found) and any("helpfulness: 5" in one for one in found)


def test_not_applicable_is_never_a_level(tmp_path: Path) -> None:
    """In the released data `N/A` becomes a token of the condition."""
    source = records(tmp_path).read_text()
    assert "N/A" in source
    for one in prefixes(made(tmp_path)):
        assert "N/A" not in one and "None" not in one and "nan" not in one


def test_the_prefix_of_both_objectives_is_kept(tmp_path: Path) -> None:
    """The released scripts strip the prefix of helpfulness 5 and honesty 5 before training."""
    found = Counter(prefixes(made(tmp_path, RowsConfig(SCALES, quotas="paper"), prompts=60)))
    assert found["< helpfulness: 5 > < honesty: 5 > "] > 10


def test_cpsft_names_every_objective_alone_and_together(tmp_path: Path) -> None:
    """The released CPSFT data name honesty only."""
    told = [json.loads(row["condition"]) for row in rows_in(made(tmp_path) / "cpsft.parquet")]
    named = Counter(tuple(one) for one in told)
    assert min(named[("helpfulness",)], named[("honesty",)], named[("helpfulness", "honesty")]) > 10


def test_baselines_learn_the_same_answers_without_a_condition(tmp_path: Path) -> None:
    folder = made(tmp_path)
    ours, plain = (rows_in(folder / f"{name}.parquet") for name in ("cpsft", "sft"))
    assert [row["messages"][1] for row in ours] == [row["messages"][1] for row in plain]
    assert all(row["messages"][0]["content"].startswith("Question") for row in plain)
    for name in SCALES:
        for row in rows_in(folder / f"dpo_{name}.parquet"):
            assert row["prompt"][0]["content"].startswith("Question") and row["margin"] > 0


def test_a_single_objectives_pairs_follow_that_rating_alone(tmp_path: Path) -> None:
    source = [json.loads(line) for line in records(tmp_path).read_text().splitlines()]
    ratings = {
        one["response"]: one["annotations"]["honesty"]["Rating"]
        for row in source
        for one in row["completions"]
    }
    pairs = rows_in(made(tmp_path) / "dpo_honesty.parquet")
    wanted = sum(
        "N/A" not in (a, b) and a != b
        for row in source
        for a, b in combinations([ratings[one["response"]] for one in row["completions"]], 2)
    )
    assert len(pairs) == wanted
    for row in pairs:
        better, worse = (ratings[row[side][0]["content"]] for side in ("chosen", "rejected"))
        assert int(better) > int(worse) and row["margin"] == int(better) - int(worse)


def test_counts_add_up(tmp_path: Path) -> None:
    folder = made(tmp_path)
    results = read_results(folder / "results.parquet")
    pairs = rows_in(folder / "cdpo.parquet")
    made_, ties, unrated, same = (
        count(results, f"pairs_{what}", file="cdpo") for what in ("made", "ties", "unrated", "same")
    )
    assert made_ == len(pairs) == count(results, "rows", file="cdpo")
    assert (made_ + ties + unrated + same) == 24 * 6 and unrated > 0 and ties > 0
    by_quota = [row.value for row in select(results, metric="pairs_made") if "quota" in row.condition
                and row.condition["file"] == "cdpo"]  # fmt: skip
    assert sum(by_quota) == made_ and len(by_quota) == 4 and min(by_quota) > 0.5 * max(by_quota)
    by_source = [
        row.value
        for row in select(results, metric="rows", condition={"file": "cdpo"})
        if "source" in row.condition
    ]
    assert sum(by_source) == made_ and len(by_source) == 3
    rated = select(results, metric="rated_answers")
    assert {(row.condition["objective"], row.n) for row in rated} == {("helpfulness", 96), ("honesty", 96)}


def test_the_same_seed_gives_the_same_bytes_and_another_folder_is_refused(tmp_path: Path) -> None:
    one, two = made(tmp_path / "a"), made(tmp_path / "b")
    for name in ("cpsft", "cdpo", "sft", "dpo_honesty", "dpo_helpfulness"):
        assert (one / f"{name}.parquet").read_bytes() == (two / f"{name}.parquet").read_bytes()
    assert made(tmp_path / "a") == one
    with pytest.raises(FolderError, match="seed was 0, now 1"):
        made(tmp_path / "a", RowsConfig(SCALES, seed=1))


def test_what_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="--objective helpfulness --objective honesty"):
        RowsConfig(read_objectives(["brevity"]), quotas="paper")
    with pytest.raises(RecipeError, match=r"no answer in .* is rated in harmlessness"):
        made(tmp_path, RowsConfig(read_objectives(["harmlessness"])))
    with pytest.raises(RecipeError, match=r"cdpo\.parquet would have no row"):
        made(tmp_path / "single", answers=1)
    assert not (tmp_path / "rows").exists()


def test_the_command_makes_rows_or_says_what_is_wrong(tmp_path: Path) -> None:
    source = records(tmp_path)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(
            app, ["controllable", "rows", str(source), "--out", str(tmp_path / "o"), *arguments]
        )
        assert "Traceback" not in done.output and done.exit_code in (0, 2)
        return done.output

    assert "scale of wit is not known" in run("--objective", "wit")
    assert "the paper's quotas name" in run("--objective", "honesty", "--quotas", "paper")
    said = run("--objective", "helpfulness", "--objective", "brevity", "--style", "tokens")
    assert (
        "dpo_brevity.parquet: not written" in said and not (tmp_path / "o" / "dpo_brevity.parquet").exists()
    )
    assert "cdpo.parquet" in said and f"results: {tmp_path / 'o' / 'results.parquet'}" in said
    assert rows_in(tmp_path / "o" / "cdpo.parquet")[0]["provenance"] == "controllable"
