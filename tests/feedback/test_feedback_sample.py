"""Completions of an instruction by a pool of models."""

import asyncio
import random
from collections import Counter
from itertools import permutations

import pytest
from scipy.stats import chi2, chisquare

from windward.feedback import PrincipleMixture, Record, RecordWriter, draws, sample_completions
from windward.feedback.sample import spoken
from windward.models import Reply, Sampling, scripted
from windward.models.protocol import ContextOverflowError, ModelError

PAPER = PrincipleMixture.paper()
POOL = [f"model-{number:02}" for number in range(17)]


class Slow:
    """Answers after a while that nobody can foresee."""

    def __init__(self, name, chance):
        self.name, self._chance = name, chance

    async def generate(self, messages, sampling=None, *, sample=0):
        await asyncio.sleep(self._chance.random() / 500)
        return Reply(f"{self.name} to {messages[-1]['content']} ({messages[0]['content'][:9]}, {sample})")


class Failing:
    """Fails with one error."""

    def __init__(self, error):
        self.name, self._error = "failing", error

    async def generate(self, messages, sampling=None, *, sample=0):
        raise self._error


def test_models_are_distinct_and_drawn_alike():
    """χ² of how often each of 17 models is among the 4, over 20,000 instructions.

    Counts of draws without replacement vary less than independent ones: by (M - k) / (M - 1).
    """
    seen = Counter()
    for number in range(20_000):
        models = [draw.model for draw in draws(Record(f"r{number}", "evol_instruct", "…"), POOL, PAPER)]
        assert len(set(models)) == 4
        seen.update(models)
    expected = 20_000 * 4 / 17
    statistic = sum((seen[name] - expected) ** 2 / expected for name in POOL) * (17 - 1) / (17 - 4)
    assert chi2.sf(statistic, 16) > 0.001


def test_which_model_stands_first_and_which_second_is_drawn_alike():
    pool = POOL[:6]
    seen = Counter(
        tuple(draw.model for draw in draws(Record(f"r{number}", "evol_instruct", "…"), pool, PAPER, k=2))
        for number in range(20_000)
    )
    assert set(seen) == set(permutations(pool, 2))
    assert chisquare(list(seen.values())).pvalue > 0.001


def test_a_draw_depends_on_id_and_seed_and_not_on_the_pool_s_order():
    one = Record("r1", "sharegpt", "Name a river.")
    assert draws(one, POOL, PAPER) == draws(one, reversed(POOL), PAPER)
    assert draws(one, POOL, PAPER) == draws(Record("r1", "sharegpt", "Name a lake."), POOL, PAPER)
    others = [draws(one, POOL, PAPER, seed=1), draws(Record("r2", "sharegpt", "Name a river."), POOL, PAPER)]
    assert draws(one, POOL, PAPER) not in others


@pytest.mark.parametrize(
    ("pool", "k", "said"),
    [
        (["a", "b"], 4, r"4 distinct models are to answer each instruction, and the pool holds 2 \(a, b\)"),
        ([], 1, "the pool holds 0"),
        (["a", "a"], 1, "names a model twice"),
        (["a"], 0, "at least one completion"),
    ],
)
def test_a_pool_that_is_too_small_is_refused(pool, k, said):
    with pytest.raises(ValueError, match=said):
        draws(Record("r", "flan", "…"), pool, PAPER, k=k)


async def _sampled(path, rows, concurrency, delays):
    models = {name: Slow(name, random.Random(f"{delays}/{name}")) for name in POOL[:7]}
    gate = asyncio.Semaphore(concurrency)

    async def one(row):
        async with gate:
            return await sample_completions(row, models, PAPER, seed=3)

    order = list(rows)
    random.Random(delays).shuffle(order)
    done = dict(zip((row.id for row in order), await asyncio.gather(*map(one, order)), strict=True))
    with RecordWriter(path) as writer:
        for row in rows:
            writer.write(done[row.id])


async def test_the_same_seed_gives_the_same_bytes_whatever_the_concurrency_and_the_order(tmp_path):
    rows = [Record(f"r{number}", "ultrachat", f"Question {number}?") for number in range(60)]
    for number, concurrency in enumerate((1, 5, 60)):
        await _sampled(tmp_path / f"{number}.parquet", rows, concurrency, delays=number)
    made = [(tmp_path / f"{number}.parquet").read_bytes() for number in range(3)]
    assert made[0] == made[1] == made[2]


async def test_a_completion_says_who_wrote_it_under_what():
    models = {name: scripted(lambda messages: " Well. </s>", name=name) for name in "abcd"}
    made = await sample_completions(Record("r", "flan", "Hi"), models, PAPER)
    drawn = draws(Record("r", "flan", "Hi"), "abcd", PAPER)
    assert [(one.model, one.principle, one.system) for one in made.completions] == [
        (draw.model, draw.principle, draw.system) for draw in drawn
    ]
    assert {one.text for one in made.completions} == {"Well."}
    first = models[drawn[0].model].calls[0]
    assert first == [{"role": "system", "content": drawn[0].system}, {"role": "user", "content": "Hi"}]


async def test_a_model_that_fails_for_good_and_one_that_says_nothing_leave_an_absent_completion():
    models = {
        "long": Failing(ContextOverflowError("900 tokens do not fit 512")),
        "mute": scripted(lambda messages: " </s>\n", name="mute"),
        "fine": scripted(lambda messages: "Yes.", name="fine"),
    }
    made = await sample_completions(Record("r", "flan", "Hi"), models, PAPER, k=3)
    found = {one.model: (one.text, one.absent) for one in made.completions}
    assert found == {
        "fine": ("Yes.", ""),
        "long": ("", "long failed: 900 tokens do not fit 512"),
        "mute": ("", "mute answered with an empty text (finish: stop)"),
    }


@pytest.mark.parametrize(
    "error",
    [
        ModelError("busy", retryable=True, status=503),
        ModelError("no such key", status=401),
        RuntimeError("budget"),
    ],
)
async def test_what_is_no_fault_of_the_completion_fails_the_row_after_all_calls_have_ended(error):
    ended = []

    class Late(Slow):
        async def generate(self, messages, sampling=None, *, sample=0):
            await asyncio.sleep(0.01)
            ended.append(self.name)
            return Reply("Yes.")

    models = {"a": Failing(error), "b": Late("b", None), "c": Late("c", None)}
    with pytest.raises(type(error)):
        await sample_completions(Record("r", "flan", "Hi"), models, PAPER, k=3)
    assert sorted(ended) == ["b", "c"]


@pytest.mark.parametrize(
    ("said", "stop", "kept"),
    [
        ("The cats", (), "The cats"),
        ("The cats</s>", (), "The cats"),
        ("The cats</s></s>\n", (), "The cats"),
        ("</s>", (), ""),
        ("glass <s/>", (), "glass <s/>"),
        ("One\nUSER: two", ("USER:",), "One"),
        ("a STOP b END", ("END", "STOP"), "a"),
        ("as is", ("",), "as is"),
        ("half \ud83d", (), "half \ufffd"),
    ],
)
def test_ends_are_taken_away_whole_and_nothing_else(said, stop, kept):
    """The released `rstrip("</s>")` makes "The cat" of "The cats"."""
    assert spoken(said, stop) == kept


async def test_another_seed_takes_another_sample_of_the_models():
    models = {name: Slow(name, random.Random(0)) for name in "ab"}
    made = [
        await sample_completions(
            Record("r", "flan", "Hi"), models, PAPER, k=2, seed=seed, sampling=Sampling()
        )
        for seed in (0, 1)
    ]
    assert [[one.text[-3:-1] for one in record.completions] for record in made] == [
        [" 0", " 0"],
        [" 1", " 1"],
    ]
