"""The paper's word list: its counts on the recorded replies, to the last integer, and what it is known to get wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unknown_refusal_recorded import cells, needs_data, reference, replies

from windward.evals.unknown.refusal.paper import CANNOT, EXTENDED, WORDS, LexicalPaper


def refuses(text: str | None, detector: LexicalPaper | None = None) -> bool:
    (verdict,) = (detector or LexicalPaper()).verdicts([text])
    assert verdict.challenges is None
    return bool(verdict.refused)


@needs_data
@pytest.mark.parametrize("apostrophes", [False, True])
def test_every_count_of_refusals_of_the_reference_table_is_met(apostrophes: bool) -> None:
    table = reference("refusal_rates")["per_model"]
    field = "n_refusal_curly_apostrophe_normalised" if apostrophes else "n_refusal"
    counted = {}
    for model, dataset, split in cells():
        given_replies = replies(model, dataset, split)
        assert len(given_replies) == table[model][dataset][split]["n"]
        verdicts = LexicalPaper(apostrophes).verdicts(given_replies)
        counted[model, dataset, split] = sum(bool(verdict.refused) for verdict in verdicts)
    assert len(counted) == 30 and counted == {
        cell: table[cell[0]][cell[1]][cell[2]][field] for cell in cells()
    }


@needs_data
@pytest.mark.parametrize(
    ("field", "also"), [("repo", ()), ("plus_cannot", CANNOT), ("plus_extended", EXTENDED)]
)
def test_every_count_with_more_words_is_met(field: str, also: tuple[str, ...]) -> None:
    table = reference("refusal_extended")["per_model"]
    for model, dataset, split in cells():
        verdicts = LexicalPaper(also=also).verdicts(replies(model, dataset, split))
        assert sum(bool(one.refused) for one in verdicts) == table[model][f"{dataset}|{split}"][field]


@pytest.mark.parametrize("word", WORDS)
def test_each_word_counts_in_any_case_and_only_as_a_whole_word(word: str) -> None:
    assert refuses(f"It is {word}, so.") and refuses(word.upper()) and not refuses(f"z{word}z")


@pytest.mark.parametrize("word", EXTENDED)
def test_each_word_that_may_be_added_counts_only_where_it_is_added(word: str) -> None:
    text = f"so {word.removesuffix('*')}, yes"
    assert refuses(text, LexicalPaper(also=EXTENDED)) and not refuses(text)


def test_any_ending_counts_where_a_word_has_a_star() -> None:
    detector = LexicalPaper(also=("misspell*",))
    assert refuses("It is misspelled.", detector) and not refuses("It is amisspelled.", detector)


@pytest.mark.parametrize("text", [None, "", "  \n", "Paris.", "He knows the notes of every nose."])
def test_nothing_and_an_answer_without_the_words_have_not_refused(text: str | None) -> None:
    assert not refuses(text)


def test_the_papers_rule_misses_cannot_and_flags_an_answer_that_denies_something() -> None:
    assert not refuses("I cannot say.") and refuses("Those are hares, not rabbits.")


def test_curly_apostrophes_count_only_where_they_are_straightened() -> None:
    assert not refuses("I don’t know.") and refuses("I don’t know.", LexicalPaper(apostrophes=True))


def test_rules_that_count_differently_have_different_names() -> None:
    rules = [
        LexicalPaper(curly, also) for curly in (False, True) for also in ((), CANNOT, EXTENDED, ("hm", "er"))
    ]
    assert len({rule.name for rule in rules}) == len(rules) and rules[0].name == "lexical-paper"


@given(st.lists(st.text()))
def test_each_reply_has_a_verdict_of_its_own(texts: list[str]) -> None:
    detector = LexicalPaper()
    assert detector.verdicts(texts) == [detector.verdicts([text])[0] for text in texts]
