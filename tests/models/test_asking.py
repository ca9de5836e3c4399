"""Replies that cannot be read are asked for again, counted and kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from journal_fakes import Echo, says

from windward.journal import Journal, JournaledModel, Parser, ask
from windward.journal.summary import summarize
from windward.models import Message, Reply, Sampling

RATING = Parser(
    "rating", "1", lambda text: int(found[1]) if (found := re.search(r"Rating: (\d)", text)) else None
)


class Rater(Echo):
    """Says nothing readable until its `good`-th call."""

    good: int = 3

    async def generate(
        self, messages: list[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        self.calls += 1
        return Reply("Rating: 4" if self.calls >= self.good else "I would rather not")


async def test_an_unreadable_reply_is_asked_for_again_and_kept(tmp_path: Path) -> None:
    rater = Rater()
    for _ in range(2):
        with Journal(tmp_path) as journal:
            parsed = await ask(JournaledModel(rater, journal), says("rate"), Sampling(), RATING)
        assert parsed.value == 4
        assert parsed.failures == 2
        assert [reply.text for reply in parsed.replies] == ["I would rather not"] * 2 + ["Rating: 4"]
    assert rater.calls == 3
    assert summarize(tmp_path).rows[0].unreadable == 2


async def test_it_gives_up_after_so_many_tries(tmp_path: Path) -> None:
    rater = Rater()
    rater.good = 99
    with Journal(tmp_path) as journal:
        parsed = await ask(JournaledModel(rater, journal), says("rate"), Sampling(), RATING, tries=4)
    assert (parsed.value, parsed.failures, rater.calls) == (None, 4, 4)


async def test_a_better_parser_reads_stored_replies_without_buying_any(tmp_path: Path) -> None:
    rater = Rater()
    better = Parser("rating", "2", lambda text: 0 if "rather not" in text else None)
    with Journal(tmp_path) as journal:
        model = JournaledModel(rater, journal)
        await ask(model, says("rate"), Sampling(), RATING)
        bought = rater.calls
        parsed = await ask(model, says("rate"), Sampling(), better)
    assert (parsed.value, rater.calls) == (0, bought)
    assert summarize(tmp_path).rows[0].unreadable == 1  # the first is readable now


async def test_further_tries_do_not_take_other_samples(tmp_path: Path) -> None:
    rater = Rater()
    with Journal(tmp_path) as journal:
        model = JournaledModel(rater, journal)
        await ask(model, says("rate"), Sampling(), RATING, sample=0)
        await model.generate(says("rate"), Sampling(), sample=1)
    assert rater.calls == 4


async def test_a_model_without_a_journal_can_be_asked_too() -> None:
    parsed = await ask(Rater(), says("rate"), Sampling(), RATING)
    assert parsed.value == 4


async def test_an_error_in_a_parser_is_not_taken_for_unreadable() -> None:
    broken = Parser("broken", "1", lambda text: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        await ask(Rater(), says("rate"), Sampling(), broken)
