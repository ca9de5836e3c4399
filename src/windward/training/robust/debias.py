"""Debiasing by a shallow model (Clark, Yatskar and Zettlemoyer 2019): what words alone give away is not learnt again.

A random forest on TF-IDF says b(x), probabilities of the classes, of texts that it was not trained on (each fold's are those
of a forest of the other folds; on its own rows a forest is nearly always right, and nothing would be left to learn). The
learned mixin joins it with the model in log space:
  p̂(x)  = softmax(log p(x) + g(x) log b(x)),   g(x) = softplus(w·h(x)),   h the features that the head reads
  loss   = cross-entropy of p̂ + entropy · H(softmax(g(x) log b(x)))
The penalty keeps g from going to 0. Only p answers afterwards; w is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from windward.rows.labelled import Labelled

if TYPE_CHECKING:
    from torch import Tensor

STRENGTH = "bias_strength"
"""Name of the module w, which a model has while it learns."""


@dataclass(frozen=True)
class Debias:
    """The shallow model, and how it is joined.

    Attributes:
        features: words that TF-IDF has at most, the most frequent ones.
        trees: of a forest.
        folds: that the texts are split into.
        entropy: weight of the penalty.
    """

    features: int = 5_000
    trees: int = 100
    folds: int = 5
    entropy: float = 0.03


def shallow_log_probabilities(
    data: Sequence[Labelled], classes: int, settings: Debias | None = None, *, seed: int = 0
) -> NDArray[np.float64]:
    """Log b of each text, [n, classes], in nats, by a forest that did not see the text.

    Votes are smoothed by one more for each class, so that no probability is 0. Folds hold the classes in like shares.

    Args:
        data: n texts, of a pair both joined, and labels.
        classes: how many there are.
        settings: see `Debias`.
        seed: of folds and forests.

    Raises:
        ValueError: no text that a forest should learn from holds a word.
    """
    settings = settings or Debias()
    labels = np.array([one.label for one in data])
    texts = np.array([f"{one.text} {one.second}".strip() for one in data], dtype=object)
    order = np.random.default_rng(seed).permutation(len(data))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(data), dtype=np.intp)
    folds[order] = np.arange(len(data)) % settings.folds
    found = np.full((len(data), classes), 1 / classes)
    for fold in range(settings.folds):
        inside = folds == fold
        if inside.any() and not inside.all():
            found[inside] = _votes(texts[~inside], labels[~inside], texts[inside], classes, settings, seed)
    smooth = (settings.trees * found + 1) / (settings.trees + classes)
    return np.asarray(np.log(smooth))


def learned_mixin(logits: Tensor, labels: Tensor, bias: Tensor, strength: Tensor, entropy: float) -> Tensor:
    """The loss of the module's head, mean over n texts, in nats.

    Args:
        logits: of the model, [n, C].
        labels: [n].
        bias: log b, [n, C].
        strength: g, [n].
        entropy: weight of the penalty.
    """
    from torch.nn.functional import cross_entropy

    mixed = strength[:, None] * bias
    log_mixed = mixed.log_softmax(dim=-1)
    penalty = -(log_mixed.exp() * log_mixed).sum(dim=-1).mean()
    return cross_entropy(logits.log_softmax(dim=-1) + mixed, labels) + entropy * penalty


class Mixin:
    """g of a model: hears what its head reads.

    Args:
        model: of sequence classification; gets a module of the name `STRENGTH`, which is trained and saved with it.
    """

    def __init__(self, model: Any) -> None:
        from torch.nn import Linear

        self._model, self._read, self._hooks = model, None, list[Any]()
        head = self._heads()[-1]
        setattr(model, STRENGTH, Linear(head.in_features, 1))

    def listen(self) -> None:
        """To be called when the model has its last form: LoRA learns a copy of the head."""
        self._hooks = [part.register_forward_hook(self._keep) for part in self._heads()]

    def strength(self) -> Tensor:
        """G of the texts of the last forward, [n]."""
        from torch.nn.functional import softplus

        found: Tensor = softplus(getattr(self._model, STRENGTH)(self._read)[:, 0])
        return found

    def remove(self) -> None:
        """Takes g out of the model again."""
        for hook in self._hooks:
            hook.remove()
        delattr(self._model, STRENGTH)

    def _heads(self) -> list[Any]:
        """Layers outside the encoder that may make the logits; of LoRA's copies the one in use is heard."""
        from torch.nn import Linear

        inside, classes = f"{self._model.base_model_prefix}.", self._model.config.num_labels
        return [
            part
            for name, part in self._model.named_modules()
            if isinstance(part, Linear) and part.out_features == classes
            if not name.startswith((inside, STRENGTH))
        ]

    def _keep(self, head: Any, given: tuple[Any, ...], made: Any) -> None:
        self._read = given[0]


def _votes(
    texts: Any, labels: NDArray[Any], asked: Any, classes: int, settings: Debias, seed: int
) -> NDArray[np.float64]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(max_features=settings.features)
    forest = RandomForestClassifier(settings.trees, random_state=seed)
    forest.fit(words.fit_transform(texts), labels)
    found = np.zeros((len(asked), classes))
    found[:, forest.classes_] = forest.predict_proba(words.transform(asked))
    return found
