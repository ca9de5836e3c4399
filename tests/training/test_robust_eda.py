"""Augmented copies: one operation each, labels and punctuation kept, no text lost."""

import random
import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from windward.rows.labelled import Labelled
from windward.training.robust.eda import Eda, augmented, with_augmented

KNOWN = {"good": ["fine", "well made"], "film": ["movie"], "tom": ["thomas"]}


def _synonyms(word: str) -> list[str]:
    return KNOWN.get(word, [])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_a_copy_differs_by_one_operation_and_all_four_come() -> None:
    text = "a good film, though long."
    kinds = Counter[str]()
    for seed in range(200):
        made = augmented(text, _synonyms, random.Random(seed))
        before, after = _words(text), _words(made)
        assert made.endswith("long.") or made.endswith(".")
        if sorted(before) == sorted(after):
            kinds["swap"] += made != text
        elif len(after) < len(before):
            kinds["delete"] += 1
            assert not Counter(after) - Counter(before)
        elif Counter(before) - Counter(after):
            kinds["replace"] += 1
        else:
            kinds["insert"] += 1
    assert set(kinds) == {"swap", "delete", "replace", "insert"} and min(kinds.values()) > 20


def test_each_text_of_a_pair_is_changed_itself() -> None:
    """In the release every premise becomes the first example's."""
    data = [
        Labelled(str(n), f"premise {n} alpha beta", n % 2, second=f"hypothesis {n} gamma") for n in range(20)
    ]
    copies = with_augmented(data, _synonyms, Eda(alpha=0.1), seed=0)[20:]
    for one, copy in zip(data, copies, strict=True):
        assert set(_words(copy.text)) <= set(_words(one.text))
        assert set(_words(copy.second)) <= set(_words(one.second))
        assert copy.label == one.label
        assert copy.text != one.text and copy.second != one.second


def test_texts_of_punctuation_or_one_word_survive() -> None:
    """On such a text the release's augmentation crashes, and the text is lost."""
    data = [Labelled(str(n), text, n % 2) for n, text in enumerate(["!!!", "", "…", "Film", "good!", "?"])]
    made = with_augmented(data, _synonyms, Eda(copies=2), seed=0)
    assert len(made) == 18
    assert [one.label for one in made] == [one.label for one in data] * 3
    assert {made[at].text for at in (6, 8, 11)} == {"!!!", "…", "?"}
    assert all(one.text for one in made if data[int(one.id.split("#")[0])].text), "nothing becomes empty"


def test_copies_are_seeded_and_do_not_depend_on_the_other_texts() -> None:
    data = [Labelled(str(n), f"tom has {n} good cows and a film", 0) for n in range(10)]
    once = with_augmented(data, _synonyms, seed=3)
    assert once == with_augmented(data, _synonyms, seed=3) != with_augmented(data, _synonyms, seed=4)
    assert once[10 + 7] == with_augmented(data[7:8], _synonyms, seed=3)[1]
    assert once[:10] == data


@given(st.text(alphabet="ab cé.,!?'-\n\t", max_size=40), st.integers(0, 50))
def test_what_is_no_word_stays(text: str, seed: int) -> None:
    made = augmented(text, lambda word: [], random.Random(seed), 0.3)
    outside = re.compile(r"[\w\s'’-]")
    assert outside.sub("", made) == outside.sub("", text)
    assert bool(made.strip()) == bool(text.strip())
    assert not Counter(_words(made)) - Counter(_words(text))
