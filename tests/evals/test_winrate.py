"""Win rates: the published arithmetic, verdicts read strictly, answers matched one to one, both orders."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.data import DataError
from windward.evals.winrate import AnswerPair, Judged, Judgement, judge_pair, match, read_answers, win_rate
from windward.evals.winrate.answers import read_prompts
from windward.evals.winrate.figures import winrate_results
from windward.evals.winrate.judge import judged_from_dict
from windward.evals.winrate.prompt import judge_messages, read_verdict
from windward.models import ContextOverflowError, Message, Reply, Sampling
from windward.models.scripted_model import scripted
from windward.rows import Result, select

PAIR = AnswerPair("1", "Name a river.", "The Rhine.", "Elbe")


@pytest.mark.parametrize(
    ("wins", "losses", "draws", "rate", "error"),
    [(647, 155, 1, 80.6351, 1.3940), (736, 68, 0, 91.5423, 0.9819)],
)
def test_the_arithmetic_is_alpacaevals(wins: int, losses: int, draws: int, rate: float, error: float) -> None:
    """Two rows of the public leaderboard: wins, losses, draws, and the win rate and standard error printed for them."""
    found = win_rate([1.0] * wins + [0.0] * losses + [0.5] * draws)
    assert found.stderr is not None
    assert (round(100 * found.value, 4), round(100 * found.stderr, 4)) == (rate, error)
    assert (found.wins, found.losses, found.draws, found.n) == (wins, losses, draws, wins + losses + draws)


def test_a_win_rate_of_nothing_or_of_no_preference_is_refused() -> None:
    for wrong in ([], [1.0, 1.5], [float("nan")]):
        with pytest.raises(ValueError, match="from 0 to 1"):
            win_rate(wrong)
    assert win_rate([1.0]).stderr is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Both are short.\nVerdict: A", "first"),
        ("**Verdict: B**", "second"),
        ("- Verdict: **tie**.", "tie"),
        ("verdict: answer b\n\nThat is all.", "second"),
        ("Verdict: [A]\nVerdict: A", "first"),
        ("Verdict = A", "first"),
        ("A is better.", None),
        ("Verdict: A\nVerdict: B", None),
        ("Verdict: A or B", None),
        ("Verdict:", None),
        ("Verdict: A\nVerdict: unsure", None),
        ("The verdict: A would be wrong.", None),
        ("Verdict: C", None),
        ("", None),
    ],
)
def test_a_verdict_is_read_or_refused_and_never_guessed(said: str, meant: str | None) -> None:
    assert read_verdict(said) == meant


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_no_answer_can_end_its_own_part_of_the_request(instruction: str, first: str, second: str) -> None:
    content = judge_messages(instruction, first, second)[0]["content"]
    found = re.search(r"between the lines marked (\w{8}) is", content)
    assert found is not None and all(found[1] not in text for text in (instruction, first, second))
    assert first in content and second in content
    assert judge_messages(instruction, first, second)[0]["content"] == content


def judged(forward: str | None, backward: str | None, pair: AnswerPair = PAIR) -> Judged:
    return Judged(pair, Judgement(forward, "r", 1), Judgement(backward, "r", 1))  # type: ignore[arg-type]


def test_only_two_verdicts_that_agree_win_or_lose() -> None:
    outcomes = {
        (forward, backward): (one.outcome, one.preference)
        for forward, backward in product(("first", "second", "tie", None), repeat=2)
        for one in [judged(forward, backward)]
    }
    assert outcomes.pop(("first", "second")) == ("won", 1)
    assert outcomes.pop(("second", "first")) == ("lost", 0)
    assert outcomes.pop(("tie", "tie")) == ("tied", 0.5)
    assert all(
        found == (("unread" if None in verdicts else "split"), 0.5) for verdicts, found in outcomes.items()
    )


async def test_each_answer_is_read_first_once_and_what_cannot_be_read_is_asked_again() -> None:
    seen: list[str] = []

    def judge(messages: list[Message]) -> str:
        content = messages[0]["content"]
        seen.append(content)
        if content.index("Rhine") < content.index("Elbe") and len(seen) < 3:
            return "Hard to say."
        return "Verdict: A" if content.index("Rhine") < content.index("Elbe") else "Verdict: B"

    found = await judge_pair(scripted(judge), PAIR, Sampling(), tries=3)  # type: ignore[arg-type]
    assert found.outcome == "won" and found.backward.asked == 1
    assert found.forward.asked == len(seen) - 1 > 1
    assert judged_from_dict(json.loads(json.dumps(found.as_dict()))) == found


async def test_a_pair_that_does_not_fit_the_judges_context_is_unread() -> None:
    class Short:
        name = "short"

        async def generate(self, *_: Any, **__: Any) -> Reply:
            raise ContextOverflowError("too long")

    found = await judge_pair(Short(), PAIR, Sampling())
    assert (found.outcome, found.preference, found.forward.asked) == ("unread", 0.5, 0)


def row_of(results: list[Result], metric: str, **condition: Any) -> Result:
    (found,) = select(results, metric=metric, condition=condition)
    return found


def test_unread_pairs_stay_in_the_denominator_and_bound_the_rate() -> None:
    verdicts = (
        [("first", "second")] * 5 + [("second", "first")] * 2 + [("first", "first")] + [(None, "first")] * 2
    )
    results = winrate_results([judged(*one) for one in verdicts], model="m", baseline="b", judge="j")
    whole = row_of(results, "win_rate")
    assert (whole.value, whole.n, whole.unparsed) == (0.65, 10, 2)
    assert whole.condition | {"won": 5, "lost": 2, "tied": 0, "split": 1, "unread": 2} == whole.condition
    assert row_of(results, "bound_win_rate", unread_as="lost").value == pytest.approx(0.55)
    assert row_of(results, "bound_win_rate", unread_as="won").value == pytest.approx(0.75)
    assert (row_of(results, "unread_rate").value, row_of(results, "unread_rate").n) == (0.1, 20)
    assert row_of(results, "split_rate").value == 0.1


def test_a_judge_that_takes_the_first_answer_wins_nobody_anything_and_is_shown() -> None:
    results = winrate_results(
        [judged("first", "first") for _ in range(20)], model="m", baseline="b", judge="j"
    )
    assert row_of(results, "win_rate").value == 0.5 and row_of(results, "split_rate").value == 1
    assert row_of(results, "first_preferred_rate").value == 1
    assert row_of(results, "order_win_rate", shown="first").value == 1
    assert row_of(results, "order_win_rate", shown="second").value == 0


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_answers_are_matched_by_id_or_by_instruction_in_any_order(tmp_path: Path) -> None:
    texts = {"generator": "mine"}
    ours = written(tmp_path / "a.jsonl", [{"instruction": q, "output": q * 2, **texts} for q in "xy"])
    theirs = written(
        tmp_path / "b.jsonl",
        [{"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": q}]} for q in "yx"],
    )
    first, second = read_answers(ours), read_answers(theirs)
    assert (first.name, second.name) == ("mine", "b")
    assert match(first, second) == [AnswerPair("1", "x", "xx", "x"), AnswerPair("2", "y", "yy", "y")]
    by_id = [written(tmp_path / f"{n}.jsonl", [{"id": i, "prompt": "same", "response": f"{n}{i}"} for i in order])
             for n, order in (("p", (7, 8)), ("q", (8, 7)))]  # fmt: skip
    assert [pair.id for pair in match(*map(read_answers, by_id))] == ["7", "8"]
    assert match(*map(read_answers, by_id))[0].b == "q7"


def test_answers_that_do_not_belong_together_are_named(tmp_path: Path) -> None:
    ours = read_answers(written(tmp_path / "a.jsonl", [{"instruction": q, "output": ""} for q in "xyz"]))
    theirs = read_answers(written(tmp_path / "b.jsonl", [{"instruction": q, "output": "o"} for q in "xw"]))
    with pytest.raises(
        DataError, match=r"b has no answer to 2 of the 3 instructions of a: 'y', 'z'; a has no .*'w'"
    ):
        match(ours, theirs)
    one = read_answers(written(tmp_path / "c.jsonl", [{"id": 1, "prompt": "p", "output": "o"}]))
    other = read_answers(written(tmp_path / "d.jsonl", [{"id": 1, "prompt": "q", "output": "o"}]))
    with pytest.raises(DataError, match=r"different instructions, the first '1': 'p' and 'q'"):
        match(one, other)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"instruction": "q"}, "expected a text as output"),
        ({"output": "o"}, "instruction .or prompt. is missing"),
        ({"instruction": "q", "output": 3}, "expected a text"),
        ({"messages": [{"role": "user", "content": "q"}]}, "must be the assistant's answer"),
        ({"prompt": [{"role": "judge", "content": "q"}], "output": "o"}, "needs role and content"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    path = written(tmp_path / "a.jsonl", [{"instruction": "fine", "output": "o"}, row])
    with pytest.raises(DataError, match=f"row 2.*{told}"):
        read_answers(path)


def test_two_answers_to_one_instruction_need_ids(tmp_path: Path) -> None:
    rows = [{"instruction": "q", "output": o} for o in "12"]
    with pytest.raises(DataError, match="rows 1 and 2 have the same instruction"):
        read_answers(written(tmp_path / "a.jsonl", rows))
    with pytest.raises(DataError, match="rows 1 and 2 have the same id"):
        read_answers(written(tmp_path / "b.jsonl", [row | {"id": "i"} for row in rows]))


def test_a_prompt_is_what_comes_before_the_answer(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    path = written(tmp_path / "p.jsonl", [{"prompt": "q", "id": 3}, {"messages": said}])
    assert [(name, [m["content"] for m in of]) for name, of in read_prompts(path)] == [
        ("3", ["q"]),
        (None, ["q"]),
    ]
