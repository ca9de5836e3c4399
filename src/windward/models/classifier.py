"""Class probabilities of an encoder with a classification head: softmax over batches of like length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.models.batches import batch_tokens, batches


def tokens_of(tokenizer: Any, texts: Sequence[str], seconds: Sequence[str], longest: int) -> Any:
    """Tokens of texts, or of pairs where any text has a second one.

    Args:
        tokenizer: of the model.
        texts: n of them.
        seconds: the text beside each, "" for none; or nothing at all.
        longest: tokens at most; the longer text of a pair is cut first.

    Returns:
        A `BatchEncoding` of lists, not padded.
    """
    beside = [list(seconds)] if any(seconds) else []
    return tokenizer(list(texts), *beside, truncation=True, max_length=longest)


def longest_input(model: Any, tokenizer: Any) -> int:
    """Tokens that a model can read at once."""
    limits = (getattr(model.config, "max_position_embeddings", None), tokenizer.model_max_length)
    return min(limit for limit in limits if isinstance(limit, int) and limit > 0)


def class_probabilities(
    model: Any, tokenizer: Any, texts: Sequence[str], seconds: Sequence[str] = (), *, longest: int
) -> NDArray[np.float64]:
    """Softmax of the logits, [n, classes], in the order of the texts; a text's row does not depend on the others (up to rounding).

    The model is asked without dropout and left in the mode in which it was; no random number is drawn.

    Args:
        model: of sequence classification.
        tokenizer: its tokenizer.
        texts: n of them.
        seconds: see `tokens_of`.
        longest: tokens at most.
    """
    import torch

    found = np.zeros((len(texts), model.config.num_labels))
    if not texts:
        return found
    tokens = tokens_of(tokenizer, texts, seconds, longest)
    lengths = [len(ids) for ids in tokens["input_ids"]]
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            for places in batches(lengths, batch_tokens(model.device)):
                batch = tokenizer.pad(
                    {name: [values[at] for at in places] for name, values in tokens.items()},
                    return_tensors="pt",
                ).to(model.device)
                found[places] = model(**batch).logits.double().softmax(dim=-1).cpu().numpy()
    finally:
        model.train(training)
    return found
