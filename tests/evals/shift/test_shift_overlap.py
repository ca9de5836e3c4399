"""The guard finds test rows that were trained on, in whatever dress, counts each once, and leaves others alone."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.evals.shift.overlap import Overlap, OverlapConfig, overlap
from windward.evals.shift.spoken import letters, spoken
from windward.evals.shift.task import ShiftError
from windward.evals.shift.text_files import read_plain_texts, read_text_set

DATA = Path(os.environ.get("WINDWARD_DATA", "missing"))
WORDS = [
    "storm",
    "river",
    "lantern",
    "quiet",
    "orchard",
    "marble",
    "engine",
    "velvet",
    "harbour",
    "copper",
    "window",
    "thistle",
    "garden",
    "pepper",
    "signal",
    "bridge",
]
TEXT = "It doesn't waste a minute (or a word), and Zoë's debut can't be praised enough."


def sentence(seed: int, count: int = 14) -> str:
    drawn = random.Random(seed)
    return " ".join(f"{drawn.choice(WORDS)}{drawn.randrange(1000)}x" for _ in range(count))


def kinds(found: Overlap) -> list[str]:
    return [one.kind for one in found.repeats]


def of_one(train: str, test: str, **options: float) -> list[str]:
    return kinds(overlap([sentence(7), train, sentence(8)], [test], OverlapConfig(**options)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "copy",
    [
        TEXT.upper(),
        "it does n't waste a minute -lrb- or a word -rrb- , and zoe 's debut ca n't be praised enough .",
        TEXT.replace(" ", "  \n"),
        TEXT.replace("'", "’"),
        TEXT.replace(" and ", " &#97;nd "),
        TEXT.replace("ë", "e\u0308"),
        TEXT.replace("praised", "ｐｒａｉｓｅｄ"),
    ],
)
def test_a_copy_in_another_dress_is_a_normalised_duplicate(copy: str) -> None:
    assert of_one(TEXT, copy) == of_one(copy, TEXT) == ["normalised"]


@pytest.mark.parametrize(
    "copy",
    [
        TEXT.replace("minute", "second"),
        TEXT.replace("praised", "praisd").replace("waste", "wsate"),
        TEXT[: len(TEXT) * 6 // 10],
        f"{TEXT} {sentence(3, 12)}",
        TEXT.replace("debut", "first brilliant debut"),
    ],
)
def test_a_copy_that_was_changed_a_little_or_cut_is_a_near_duplicate(copy: str) -> None:
    assert of_one(TEXT, copy) == of_one(copy, TEXT) == ["near"]


def test_a_test_row_within_a_long_training_row_is_known_but_one_known_sentence_of_a_long_test_row_is_little() -> (
    None
):
    long = f"{sentence(3, 40)} {TEXT} {sentence(4, 40)}"
    assert of_one(long, TEXT) == ["near"]
    assert of_one(TEXT, long) == []


def test_other_texts_of_the_same_kind_are_left_alone() -> None:
    train = ["the acting is superb and the story moves along at a fine pace", "a good film about a bad man"]
    test = [
        "the acting is poor and the script never finds out what it is about",
        "a long book about my old school and me",
        ":-(",
    ]
    assert overlap(train, test).repeats == ()


def test_each_row_is_counted_once_in_its_strongest_kind() -> None:
    near = TEXT.replace("minute", "second")
    found = overlap([near, TEXT.upper(), TEXT], [TEXT, TEXT.lower(), TEXT.replace("minute", "moment"), TEXT])
    assert kinds(found) == ["exact", "normalised", "near", "exact"]
    assert found.counts == {"exact": 2, "normalised": 1, "near": 1}
    assert [one.train for one in found.repeats][:2] == [2, 1]


def test_short_texts_count_only_when_they_are_equal() -> None:
    assert of_one("Thank you so much!", "thank you so much") == ["normalised"]
    assert of_one("thank you so much", "thank you so very") == []
    assert of_one(":-)", ":-)") == ["exact"]
    assert of_one(":-)", ":-(") == []


def test_a_word_over_and_over_is_no_part_of_another_text() -> None:
    assert of_one("no no no, said the man in the boat, and went away", "no " * 20) == []
    assert of_one("no " * 20, "no " * 19 + "nos") == ["near"]


def test_empty_rows_repeat_nothing_and_stay_in_the_denominator() -> None:
    found = overlap(["", TEXT], ["", "  ", TEXT, sentence(1)])
    assert (found.empty, found.test_rows, found.share) == (2, 4, 0.25)


def test_texts_without_spaces_between_words_have_near_duplicates_too() -> None:
    text = "这部电影从头到尾都非常精彩而且演员的表演令人难忘"
    assert of_one(text, text.replace("非常", "十分")) == ["near"]
    assert of_one(text, "今天的天气很好所以我们决定一起去公园散步然后回家吃饭") == []


def test_rows_made_from_one_template_are_no_copies_of_each_other() -> None:
    rows = [
        f"please rate the following product number {sentence(at, 1)} from one to ten now" for at in range(60)
    ]
    assert overlap(rows[:30], rows[30:]).repeats == ()


def test_the_verdict_is_that_of_the_threshold() -> None:
    train, test = [sentence(at) for at in range(100)], [sentence(at) for at in range(99, 199)]
    assert overlap(train, test).refused
    assert not overlap(train, test, OverlapConfig(threshold=0.02)).refused
    assert overlap(train, test).verdict.startswith("refused: 1 of 100 test rows (1.00 %")
    assert overlap(train, test[1:], OverlapConfig(threshold=0.0)).verdict.startswith("passed: 0 of 99")


def test_a_set_without_rows_is_refused_with_a_reason() -> None:
    with pytest.raises(ShiftError, match="training set holds no rows"):
        overlap([], ["a"])
    with pytest.raises(ShiftError, match="test set holds no rows"):
        overlap(["a"], [])


PHRASES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
TEXTS = st.lists(PHRASES | st.text(min_size=1, max_size=20), min_size=1, max_size=8)


@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_an_exact_copy_is_always_found_and_the_counts_add_up(train: list[str], test: list[str]) -> None:
    found = overlap(train, test)
    repeated = {one.test: one for one in found.repeats}
    for place, text in enumerate(test):
        if text in train and letters(text):
            assert repeated[place].kind == "exact"
            assert train[repeated[place].train] == text
    assert sum(found.counts.values()) == len(repeated) <= len(test) - found.empty
    assert all(
        letters(train[one.train]) == letters(test[one.test]) for one in found.repeats if one.kind != "near"
    )


@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(
    train: list[str], test: list[str], mixed: random.Random
) -> None:
    again, asked = train.copy(), list(enumerate(test))
    mixed.shuffle(again)
    mixed.shuffle(asked)
    first = {one.test: (one.kind, one.similarity, train[one.train]) for one in overlap(train, test).repeats}
    second = {
        asked[one.test][0]: (one.kind, one.similarity, again[one.train])
        for one in overlap(again, [text for _, text in asked]).repeats
    }
    assert first == second


@given(st.text(max_size=40))
@settings(deadline=None)
def test_dressing_a_text_as_a_treebank_does_changes_none_of_its_letters(text: str) -> None:
    dressed = (
        f" {text} ".replace("(", " -LRB- ").replace(")", " -RRB- ").replace(",", " , ").replace('"', " `` ")
    )
    if spoken(text):
        assert letters(dressed) == letters(text)


@pytest.mark.skipif(not (DATA / "shift").is_dir(), reason="needs the rated sets in WINDWARD_DATA/shift")
class TestRealSets:
    """The rated sets against SST-2, whose sentences are those of the movie set in another tokenisation."""

    sst2 = DATA / "classification" / "sst2"

    @pytest.mark.parametrize("split", ["train", "dev"])
    def test_the_movie_set_and_sst2_are_one_and_the_pair_is_refused(self, split: str) -> None:
        movie = read_plain_texts(DATA / "shift" / "movieReviewSnippets.tsv")
        found = overlap(movie, read_plain_texts(self.sst2 / f"{split}.tsv"))
        assert found.refused
        assert found.share > 0.9

    @pytest.mark.parametrize("name", ["amazonReviewSnippets", "nytEditorialSnippets", "tweets"])
    def test_the_other_rated_sets_share_nothing_with_sst2(self, name: str) -> None:
        found = overlap(
            read_plain_texts(DATA / "shift" / f"{name}.tsv"), read_plain_texts(self.sst2 / "dev.tsv")
        )
        assert not found.refused

    def test_rated_sets_are_recognised_and_no_row_is_lost(self) -> None:
        found = read_text_set("movie", DATA / "shift" / "movieReviewSnippets.tsv")
        assert len(found.texts) == 10_605
        assert set(found.classes) == {"0", "1", "2"}
        assert found.texts[2] == "Effective but too tepid biopic"
