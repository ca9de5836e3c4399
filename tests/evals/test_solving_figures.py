import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from windward.agents import Turn
from windward.evals import (
    Evaluation,
    compare,
    compare_stages,
    mcnemar,
    read_evaluations,
    solved_within,
    stage_results,
    write_evaluations,
)
from windward.rows import Problem, select


def turn(error_kind=None, tokens=10, answer="5"):
    return Turn("text", "code", "5", "ok", answer, error_kind is None, "rule", error_kind, tokens)


def record(name, *turns, stage="before", split="test"):
    solved = next((at for at, one in enumerate(turns, 1) if one.correct), None)
    return Evaluation(stage, split, Problem(name, "?", "5", "math", split=split), turns, solved)


RECORDS = [
    record("a", turn()),
    record("b", turn("wrong"), turn()),
    record("c", turn("no_code", answer=None), turn("unparsed", answer=None)),
    record("d", turn("wrong"), turn("wrong")),
    record("e", turn(), split="test-families"),
]


def results():
    return stage_results(RECORDS, system="s", model="m", dataset="d", turns=2, seed=3)


def test_success_by_turn_is_worked_out_by_hand():
    one, two = select(results(), metric="success_rate", split="test")
    assert (one.condition, one.value, one.n, one.unparsed) == (
        {"stage": "before", "seed": 3, "turn": 1},
        0.25,
        4,
        1,
    )
    assert (two.condition["turn"], two.value, two.n, two.unparsed) == (2, 0.5, 4, 1)
    assert one.stderr == pytest.approx(math.sqrt(0.25 * 0.75 / 4))


def test_tokens_are_those_of_all_turns():
    (tokens,) = select(results(), metric="tokens_per_problem", split="test")
    assert tokens.value == 17.5


def test_errors_of_first_turns_by_kind():
    errors = {
        one.condition["error_kind"]: one.value for one in select(results(), metric="error_rate", split="test")
    }
    assert errors == {"wrong": 0.5, "no_code": 0.25}


def test_splits_are_told_apart():
    assert {one.split for one in results()} == {"test", "test-families"}
    assert select(results(), metric="success_rate", split="test-families")[0].value == 1.0


def test_records_go_to_disk_and_back(tmp_path):
    write_evaluations(tmp_path / "e.jsonl", RECORDS)
    assert read_evaluations(tmp_path / "e.jsonl") == RECORDS


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_binomial_test_of_the_changes(gained, lost):
    if gained + lost:
        assert mcnemar(gained, lost) == pytest.approx(binomtest(gained, gained + lost, 0.5).pvalue)
    else:
        assert mcnemar(gained, lost) == 1.0


def test_a_comparison_counts_gains_and_losses():
    found = compare([True, False, False, False], [False, True, True, False], seed=0)
    assert (found.difference, found.gained, found.lost, found.n) == (0.25, 2, 1, 4)
    assert found.low <= found.difference <= found.high


def test_the_bootstrap_agrees_with_the_normal_interval_on_many_problems():
    before = [i % 4 == 0 for i in range(400)]
    after = [i % 4 == 0 or i % 3 == 0 for i in range(400)]
    found = compare(before, after, seed=1)
    change = [float(b) - float(a) for a, b in zip(before, after, strict=True)]
    mean = sum(change) / 400
    stderr = math.sqrt(sum((one - mean) ** 2 for one in change) / 399 / 400)
    assert found.stderr == pytest.approx(stderr, rel=0.05)
    assert found.low == pytest.approx(mean - 1.96 * stderr, abs=0.005)
    assert found.high == pytest.approx(mean + 1.96 * stderr, abs=0.005)


def test_the_seed_decides_the_bootstrap():
    args = ([True, False] * 20, [False, True, True, True] * 10)
    assert compare(*args, seed=1) == compare(*args, seed=1)


def test_verdicts_that_cannot_be_paired_are_refused():
    with pytest.raises(ValueError, match="cannot be paired"):
        compare([True], [], seed=0)


def test_stages_are_paired_by_problem_whatever_their_order():
    earlier = [record("a", turn()), record("b", turn("wrong"))]
    later = [
        record("b", turn(), stage="after"),
        record("a", turn(), stage="after"),
        record("z", turn(), stage="after"),
    ]
    found = compare_stages(earlier, later, split="test", turn=1, seed=0)
    assert (found.n, found.gained, found.lost) == (2, 1, 0)
    assert compare_stages(earlier, later, split="test-families", turn=1, seed=0) is None


def test_solved_within_is_about_the_first_right_turn():
    assert solved_within(RECORDS[1], 2)
    assert not solved_within(RECORDS[1], 1)
    assert not solved_within(RECORDS[3], 2)
