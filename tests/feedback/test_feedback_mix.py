"""Pairs of several sources in one file, and parts that share no prompt."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.feedback import (
    FeedbackPair,
    PairWriter,
    Record,
    mix,
    mix_files,
    part_of,
    read_feedback_pairs,
    split_by_prompt,
)

THIRDS = {"train": 0.8, "dev": 0.1, "test": 0.1}


def _pairs(name, count, margin=0.0):
    return [
        FeedbackPair(
            [{"role": "user", "content": f"{name} asks {number}"}],
            [{"role": "assistant", "content": "Yes."}],
            [{"role": "assistant", "content": "No."}],
            margin=margin,
            record_id=f"{name}{number}",
        )
        for number in range(count)
    ]


def _sources(pairs):
    return Counter(pair.source for pair in pairs)


def test_an_equal_sized_sample_of_the_others_stands_beside_the_first_source():
    made = mix(
        {
            "ultrafeedback": _pairs("u", 90, 0.5),
            "hh": _pairs("h", 400),
            "shp": _pairs("s", 100),
            "sum": _pairs("m", 100),
        }
    )
    assert _sources(made) == {"ultrafeedback": 90, "hh": 30, "shp": 30, "sum": 30}


def test_what_a_small_source_cannot_give_the_larger_ones_do():
    made = mix(
        {
            "ultrafeedback": _pairs("u", 100),
            "hh": _pairs("h", 400),
            "shp": _pairs("s", 10),
            "sum": _pairs("m", 41),
        }
    )
    assert _sources(made) == {"ultrafeedback": 100, "hh": 49, "shp": 10, "sum": 41}


def test_others_that_are_too_few_are_an_error_that_names_the_ratio_they_are_enough_for():
    with pytest.raises(
        ValueError, match=r"ask for 100 other pairs, and there are 25: lower the ratio to 0\.250"
    ):
        mix({"ultrafeedback": _pairs("u", 100), "shp": _pairs("s", 25)})
    assert len(mix({"ultrafeedback": _pairs("u", 100), "shp": _pairs("s", 25)}, extra_ratio=0.25)) == 125


def test_a_source_alone_stays_whole():
    assert len(mix({"ultrafeedback": _pairs("u", 20)})) == 20


def test_the_rows_order_makes_no_difference_and_the_seed_does():
    u, s = _pairs("u", 40), _pairs("s", 80)
    shuffled = [random.Random(1).sample(rows, len(rows)) for rows in (u, s)]
    made = mix({"u": u, "s": s})
    assert made == mix({"u": shuffled[0], "s": shuffled[1]})
    assert made != mix({"u": u, "s": s}, seed=1)
    assert {pair.record_id for pair in made} != {pair.record_id for pair in mix({"u": u, "s": s}, seed=1)}
    assert [pair.source for pair in made] != sorted(pair.source for pair in made)


def test_margins_are_normalised_for_each_source_on_its_own():
    made = mix(
        {
            "raw": [*_pairs("r", 1, 3.0), *_pairs("q", 1, 0.75)],
            "share": _pairs("s", 1, 0.5),
            "votes": [*_pairs("v", 1, 20.0), *_pairs("w", 1, 5.0)],
            "ranks": _pairs("k", 1),
        },
        extra_ratio=2.0,
        widest={"raw": 4.0},
    )
    assert {pair.record_id: pair.margin for pair in made} == {
        "r0": 0.75, "q0": 0.1875, "s0": 0.5, "v0": 1.0, "w0": 0.25, "k0": 0.0,
    }  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(margins=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=9))
def test_a_margin_above_0_stays_above_0_and_is_at_most_1(margins):
    rows = [
        replace(pair, margin=margin) for pair, margin in zip(_pairs("x", len(margins)), margins, strict=True)
    ]
    assert all(0 < pair.margin <= 1 for pair in mix({"x": rows}))


def test_a_margin_wider_than_its_scale_is_refused():
    with pytest.raises(ValueError, match="x: a margin of 5 does not fit a scale whose widest gap is 4"):
        mix({"x": _pairs("x", 1, 5.0)}, widest={"x": 4.0})
    with pytest.raises(ValueError, match="widest gap is 0"):
        mix({"x": _pairs("x", 1)}, widest={"x": 0.0})
    with pytest.raises(ValueError, match="first source"):
        mix({})


@settings(max_examples=40, deadline=None)
@given(prompts=st.lists(st.text(max_size=6), max_size=40), seed=st.integers(0, 5))
def test_no_prompt_is_in_two_parts(prompts, seed):
    rows = [Record(str(number), "flan", prompt) for number, prompt in enumerate(prompts * 2)]
    parts = split_by_prompt(rows, THIRDS, seed)
    found = {name: {row.instruction.strip().casefold() for row in rows} for name, rows in parts.items()}
    assert (
        not found["train"] & found["dev"]
        and not found["train"] & found["test"]
        and not found["dev"] & found["test"]
    )
    assert sorted(int(row.id) for rows in parts.values() for row in rows) == list(range(len(rows)))


def test_prompts_that_differ_in_case_layout_and_punctuation_are_one():
    same = ["Name a river.", "name  a\nRIVER", "Name a river?!"]
    for seed in range(20):
        assert len({part_of(prompt, THIRDS, seed) for prompt in same}) == 1
    assert len({part_of("?" * number, THIRDS) for number in range(1, 60)}) > 1


def test_pairs_go_where_their_record_goes_whatever_else_is_there():
    pairs = _pairs("u", 200)
    records = [Record(pair.record_id, "u", pair.prompt[0]["content"]) for pair in pairs]
    by_pair = {
        pair.record_id: name for name, rows in split_by_prompt(pairs[::-1], THIRDS).items() for pair in rows
    }
    by_record = {row.id: name for name, rows in split_by_prompt(records, THIRDS).items() for row in rows}
    assert by_pair == by_record
    half = {row.id: name for name, rows in split_by_prompt(records[:100], THIRDS).items() for row in rows}
    assert half.items() <= by_record.items()


def test_parts_have_about_their_fractions():
    seen = Counter(part_of(f"question {number}", THIRDS) for number in range(20_000))
    for name, share in THIRDS.items():
        sigma = (share * (1 - share) / 20_000) ** 0.5
        assert abs(seen[name] / 20_000 - share) < 4 * sigma


@pytest.mark.parametrize("fractions", [{"train": 0.9}, {"train": 1.2, "test": -0.2}, {}])
def test_fractions_that_are_none_are_refused(fractions):
    with pytest.raises(ValueError, match="add up to 1"):
        part_of("x", fractions)


@pytest.mark.parametrize("bucket_rows", [7, 10_000])
def test_files_are_mixed_as_pairs_in_memory_are(bucket_rows, tmp_path):
    twice = _pairs("s", 30)
    sources = {
        "u": [replace(pair, source="u") for pair in _pairs("u", 45, 3.0)],
        "s": [replace(pair, source="s") for pair in twice + twice[:20]],
        "v": [replace(pair, source="v") for pair in _pairs("v", 60, 20.0)],
    }
    paths = {name: tmp_path / f"{name}.parquet" for name in sources}
    for name, pairs in sources.items():
        with PairWriter(paths[name]) as writer:
            for pair in pairs:
                writer.write(pair)
    options = {"extra_ratio": 0.8, "seed": 2, "widest": {"u": 4.0}}
    shares = mix_files(paths, tmp_path / "mix.parquet", bucket_rows=bucket_rows, **options)
    made = mix(sources, **options)
    assert list(read_feedback_pairs(tmp_path / "mix.parquet")) == made
    assert shares == {"u": 45, "s": 18, "v": 18} == _sources(made)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "mix.parquet",
        "s.parquet",
        "u.parquet",
        "v.parquet",
    ]
