"""RobTest's searches beside TextAttack: success, queries and CPU seconds on one victim, the same sentences and the same limit.

python benchmarks/robtest_search.py --model CHECKPOINT [--peer-python PYTHON] [--degree .3] [--budget 40 100 500] [--texts 100]

Up to 100 sentences of SST-2 (`random.Random(123).sample` of the dev set in WINDWARD_DATA), typos, at most the given share of their words
changed (rounded down on both sides), closed-class words left alone on both sides. Ours: each search at each budget. The peer: TextAttack's
DeepWordBug (words in the order of their importance, one random typo of four kinds each), without a budget, for it has none; with its own
model wrapper, which pads every batch to the longest input of the model, and with one that pads to the longest of the batch. It runs in an
environment of its own, which --peer-python names:

    python -m venv peer
    peer/bin/pip install --no-deps textattack==0.3.10 transformers==4.46.3 tokenizers==0.20.3 torch numpy==1.26.4 …

What its import asks for and the recipe does not use (flair, bert_score, language_tool_python) is replaced by empty modules, and NLTK's list
of stop words by our closed-class words. `--model instant` takes a victim that costs nothing and never breaks (a checksum of the text):
what is left is the cost of the searches themselves. Without --peer-python, or where TextAttack cannot be imported, only ours runs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import time
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

NAMES = (
    "search",
    "budget",
    "right",
    "broken",
    "success",
    "queries",
    "q/success",
    "q of broken",
    "CPU s",
    "model s",
    "calls",
)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True)
    parser.add_argument("--peer-python")
    parser.add_argument("--degree", type=float, default=0.3)
    parser.add_argument("--budget", type=int, nargs="+", default=[40, 100, 500])
    parser.add_argument("--searches", nargs="+", default=["greedy"])
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--wrapper", nargs="+", choices=("its", "short"), default=["its", "short"])
    asked = parser.parse_args()
    texts, labels = sentences(asked.texts)
    if asked.model == "instant":
        labels = [1] * len(texts)
    peers = []
    if asked.peer_python:
        peers = peer(asked.peer_python, asked.model, texts, labels, asked.degree, asked.wrapper)
    if not asked.peer_python:
        print("TextAttack: not run, for no --peer-python was given")
    print(
        f"{len(texts)} sentences, degree {asked.degree:g} of the words; {NAMES[0]:>25}",
        *(f"{name:>11}" for name in NAMES[1:]),
    )
    rows = [
        ours(asked.model, texts, labels, asked.degree, search, budget)
        for search in asked.searches
        for budget in asked.budget
    ]
    for row in rows + peers:
        shown(row)
        if row in rows:
            for other in peers:
                more = row["queries"] / row["cpu"] / (other["queries"] / other["cpu"])
                print(
                    f"    {other['cpu'] / row['cpu']:.1f} times the searches, {more:.1f} times the queries a CPU second of "
                    f"{other['search']}"
                )


def sentences(count: int) -> tuple[list[str], list[int]]:
    """Texts and labels."""
    path = Path(os.environ["WINDWARD_DATA"]) / "classification" / "sst2" / "dev.tsv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    drawn = random.Random(123).sample(rows, 100)[:count]
    return [row[0] for row in drawn], [int(row[1]) for row in drawn]


def shown(row: dict[str, Any]) -> None:
    """One line of the table."""
    broken, right, queries = row["broken"], row["right"], row["queries"]
    cells = [row["budget"], right, broken, f"{broken / right:.3f}", f"{queries / right:.1f}", f"{queries / max(1, broken):.1f}",
             f"{row['queries_of_broken'] / max(1, broken):.1f}", f"{row['cpu']:.1f}", f"{row['model_cpu']:.1f}", row["calls"]]  # fmt: skip
    print(f"{row['search']:>62}", *(f"{cell!s:>11}" for cell in cells))


def instant(texts: Sequence[str]) -> list[list[float]]:
    """Probabilities of two classes, the second always likelier, by a checksum."""
    likely = [0.6 + crc32(text.encode()) % 1000 / 4000 for text in texts]
    return [[1 - one, one] for one in likely]


class _Timed:
    """A victim, and the CPU seconds spent in it."""

    def __init__(self, victim: Any) -> None:
        self.victim, self.name, self.spent = victim, victim.name, 0.0

    def predict(self, texts: Sequence[str]) -> Any:
        start = time.process_time()
        rows = self.victim.predict(texts)
        self.spent += time.process_time() - start
        return rows


def ours(
    model: str, texts: Sequence[str], labels: Sequence[int], degree: float, search: str, budget: int
) -> dict[str, Any]:
    """One search at one budget."""
    import numpy as np

    from windward.evals.robtest.checkpoint import checkpoint_classifier
    from windward.evals.robtest.classifier import Asked, FunctionClassifier
    from windward.evals.robtest.closed_class import CLOSED_CLASS
    from windward.evals.robtest.search import attack
    from windward.evals.robtest.searches import SEARCHES
    from windward.evals.robtest.sentence import read_sentence
    from windward.evals.robtest.typo import Typo

    made: Any = FunctionClassifier(lambda texts: np.array(instant(texts)), "instant")
    victim = _Timed(made if model == "instant" else checkpoint_classifier(model, device="cpu"))
    victim.predict(texts[:2])
    victim.spent = 0.0
    start = time.process_time()
    read = [read_sentence(text, CLOSED_CLASS) for text in texts]
    asked = Asked(victim)
    found = attack(asked, Typo(), read, labels, degree, SEARCHES[search], budget=budget)
    spent = time.process_time() - start
    tried = [one for one in found if one.best.edits or not one.broken]
    broken = [one for one in tried if one.broken]
    return {
        "search": f"ours, {search}",
        "budget": budget,
        "right": len(tried),
        "broken": len(broken),
        "queries": sum(one.queries for one in tried),
        "queries_of_broken": sum(one.queries for one in broken),
        "cpu": spent,
        "model_cpu": victim.spent,
        "calls": asked.calls,
    }


def peer(
    python: str,
    model: str,
    texts: Sequence[str],
    labels: Sequence[int],
    degree: float,
    wrappers: Sequence[str],
) -> list[dict[str, Any]]:
    """What the peer's process came to; empty, with a line that says why, where it cannot run."""
    from windward.evals.robtest.closed_class import CLOSED_CLASS

    given = {
        "model": model,
        "texts": list(texts),
        "labels": list(labels),
        "degree": degree,
        "wrappers": list(wrappers),
        "stop": sorted(CLOSED_CLASS),
    }
    done = subprocess.run(
        [python, __file__, "--as-peer"], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"TextAttack: not run, {python} ended with {done.returncode}: {last}")
        return []
    found: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def as_peer() -> None:
    """In the peer's environment: the recipe on what stands on standard input, the figures as the last line of output."""
    given = json.loads(sys.stdin.read())
    _stubs(given["stop"])
    import numpy as np
    import torch
    from textattack.attack_recipes import DeepWordBugGao2018
    from textattack.constraints.pre_transformation import MaxModificationRate
    from textattack.models.wrappers import HuggingFaceModelWrapper, ModelWrapper

    class RoundedDown(MaxModificationRate):  # type: ignore[misc]
        """The share of words that may change, rounded down; the peer's own rounds up."""

        def _get_modifiable_indices(self, current_text: Any) -> set[int]:
            most = int(current_text.num_words * self.max_rate + 1e-9)
            full = len(current_text.attack_attrs["modified_indices"]) >= most
            return set() if full else set(range(len(current_text.words)))

    class Short(ModelWrapper):  # type: ignore[misc]
        """Pads to the longest of the batch."""

        def __init__(self, model: Any, tokenizer: Any) -> None:
            self.model, self.tokenizer = model, tokenizer

        def __call__(self, texts: Sequence[str]) -> Any:
            with torch.no_grad():
                batch = self.tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
                return self.model(**batch).logits

    class Instant(ModelWrapper):  # type: ignore[misc]
        """Needs no model."""

        model = None

        def __call__(self, texts: Sequence[str]) -> Any:
            return np.array(instant(texts))

    torch.set_num_threads(1)
    victims: dict[str, Any] = {"instant victim": Instant()}
    if given["model"] != "instant":
        model, tokenizer = _checkpoint(Path(given["model"]))
        both = {"its": HuggingFaceModelWrapper, "short": Short}
        victims = {f"{name} padding": both[name](model, tokenizer) for name in given["wrappers"]}
    rows = []
    for name, victim in victims.items():
        spent: list[float] = []
        attack = DeepWordBugGao2018.build(_timed(victim, spent))
        attack.constraints += [RoundedDown(max_rate=given["degree"])]
        attack = type(attack)(attack.goal_function, attack.constraints + attack.pre_transformation_constraints,
                              attack.transformation, attack.search_method)  # fmt: skip
        random.seed(0)
        start = time.process_time()
        found = [
            attack.attack(text, label) for text, label in zip(given["texts"], given["labels"], strict=True)
        ]
        cpu = time.process_time() - start
        tried = [one for one in found if type(one).__name__ != "SkippedAttackResult"]
        broken = [one for one in tried if type(one).__name__ == "SuccessfulAttackResult"]
        rows.append(
            {
                "search": f"TextAttack DeepWordBug, {name}",
                "budget": "none",
                "right": len(tried),
                "broken": len(broken),
                "queries": sum(one.num_queries for one in tried),
                "queries_of_broken": sum(one.num_queries for one in broken),
                "cpu": cpu,
                "model_cpu": sum(spent),
                "calls": len(spent),
            }
        )
    print(json.dumps(rows))


def _checkpoint(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, PreTrainedTokenizerFast

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        model_max_length=min(settings.get("model_max_length", 512), model.config.max_position_embeddings),
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )
    return model, tokenizer


def _timed(wrapper: Any, spent: list[float]) -> Any:
    call = type(wrapper).__call__

    class Timed(type(wrapper)):  # type: ignore[misc]
        def __call__(self, *texts: Any, **more: Any) -> Any:
            start = time.process_time()
            found = call(self, *texts, **more)
            spent.append(time.process_time() - start)
            return found

    wrapper.__class__ = Timed
    return wrapper


def _stubs(stop: Sequence[str]) -> None:
    """Empty modules for what the peer imports and its recipe does not use."""

    def stub(name: str, **held: Any) -> None:
        module = types.ModuleType(name)
        module.__dict__.update(held)
        sys.modules[name] = module
        if "." in name:
            parent, child = name.rsplit(".", 1)
            setattr(sys.modules[parent], child, module)

    nothing = type("Nothing", (), {})
    stub("flair")
    stub("flair.data", Sentence=nothing, Tokenizer=nothing)
    stub("flair.models", SequenceTagger=nothing)
    stub("bert_score", BERTScorer=nothing)
    stub("language_tool_python", LanguageTool=nothing)
    import nltk.corpus

    nltk.corpus.stopwords = types.SimpleNamespace(words=lambda language: list(stop))


if __name__ == "__main__":
    as_peer() if sys.argv[1:] == ["--as-peer"] else main()
