"""Planted evaluation items are found however they are laid out; what only sounds alike is not."""

import pytest

from windward.rows.contamination import EvaluationIndex, EvaluationItem, Hit

PENS = "Ann has 17 red pens in a box and buys 25 blue ones. How many pens has she now?"
ROPES = "A rope of 24 m is cut into 6 equal parts, two of which are sold. How long is the rest?"
CAPITAL = "What is the capital of Peru?"


def index(*texts, **options):
    items = [EvaluationItem("quiz", str(place), text) for place, text in enumerate(texts)]
    return EvaluationIndex(items, **options)


def found(built, *texts):
    return [hit.item for hit in built.hits(*texts)]


@pytest.mark.parametrize(
    "text",
    [
        PENS,
        PENS.upper().replace(" ", "\n\t "),
        PENS.replace(".", " -").replace("?", "!!"),
        f"You solve tasks.\n\nTask:\n{PENS}\nPut your answer into tags. " * 3,
        PENS.replace("red", "ｒｅｄ"),
    ],
)
def test_an_item_is_found_whatever_its_case_layout_punctuation_and_surroundings(text):
    assert found(index(PENS, ROPES), text) == ["0"]


def test_a_hit_says_which_set_and_item_and_how_much_of_it():
    # 19 words, so 12 n-grams; without its last four words 8 of them are left.
    assert index(PENS).hits(PENS) == [Hit("quiz", "0", 1.0, 12)]
    assert index(PENS).hits(PENS.replace("pens has she now", "")) == [Hit("quiz", "0", 8 / 12, 8)]


def test_the_share_decides_how_much_of_an_item_makes_a_hit():
    part = " ".join(PENS.split()[:10])  # 3 of its 12 n-grams
    assert found(index(PENS), part) == []
    assert found(index(PENS, share=3 / 12), part) == ["0"]
    assert found(index(PENS, share=1e-9), " ".join(PENS.split()[:8])) == ["0"]


def test_an_unrelated_text_and_an_empty_one_hit_nothing():
    assert found(index(PENS, ROPES, CAPITAL), "Bob sells 3 cows.", "", "?!") == []


def test_an_n_gram_does_not_reach_from_one_text_into_the_next():
    head, tail = " ".join(PENS.split()[:9]), " ".join(PENS.split()[9:])
    assert found(index(PENS), f"{head} {tail}") == ["0"]
    assert found(index(PENS), head, tail) == []


TEMPLATE = "You are in the middle of a room. Looking quickly around you, you see a table and a chair. Your task is to"
THINGS = ["cup", "pen", "box", "egg", "mug", "jar", "hat", "key", "map", "bag", "can", "pot"]


def test_boilerplate_of_many_items_makes_no_hit_by_itself():
    tasks = [f"{TEMPLATE} find {thing}" for thing in THINGS]
    built = index(*tasks)
    assert found(built, f"{TEMPLATE} sing a song") == []
    # Each item differs in its last word only, so its one n-gram that counts decides.
    assert found(built, tasks[3]) == ["3"]
    assert (
        len(found(index(*tasks[:10]), f"{TEMPLATE} sing a song")) == 10
    )  # in no more than ten items: it counts


def test_an_item_of_nothing_but_template_needs_the_whole_of_it():
    tasks = [f"{TEMPLATE} find {thing}" for thing in THINGS]
    built = index(*tasks, TEMPLATE)
    assert found(built, f"first. {TEMPLATE} rest") == ["12"]
    assert found(built, TEMPLATE.removesuffix(" is to")) == []


def test_short_items_are_compared_with_whole_texts_and_whole_lines():
    built = index(CAPITAL, "Yes or no", n=8)
    assert found(built, "what is the CAPITAL of peru") == ["0"]
    assert found(built, f"Task:\n{CAPITAL}\nAnswer in one word.") == ["0"]
    assert found(built, f"{CAPITAL} And of Chile, and who founded it?") == []
    # Three words stand on a line by chance; as the whole text they are the item.
    assert found(built, "Is it so?\nYes or no\n") == []
    assert found(built, "yes or no") == ["1"]


def test_equal_items_of_a_set_are_one_and_sets_are_told_apart():
    built = EvaluationIndex(
        [
            EvaluationItem("a", "1", PENS),
            EvaluationItem("a", "2", PENS.lower()),
            EvaluationItem("b", "9", PENS),
            EvaluationItem("b", "empty", "…"),
        ]
    )
    assert built.sets == {"a": 1, "b": 2}
    assert [(hit.set, hit.item) for hit in built.hits(PENS)] == [("a", "1"), ("b", "9")]


def test_a_template_is_one_of_its_own_set_only():
    texts = [f"{TEMPLATE} find {thing}" for thing in THINGS]
    items = [EvaluationItem("many", str(place), text) for place, text in enumerate(texts)]
    built = EvaluationIndex([*items, EvaluationItem("one", "0", f"{TEMPLATE} sing")])
    assert [hit.set for hit in built.hits(f"{TEMPLATE} dance")] == ["one"]


@pytest.mark.parametrize("options", [{"n": 0}, {"share": 0.0}, {"share": 1.1}, {"template_items": 0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match="must be"):
        index(PENS, **options)
