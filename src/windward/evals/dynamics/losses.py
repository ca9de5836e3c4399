"""The loss of each tested row: how unlikely a checkpoint finds the tokens of the right answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.dynamics.curves import DynamicsError, TestRow
from windward.models import Message, ModelError
from windward.models.batches import batch_tokens
from windward.training.conversations import Example, RowError, conversation, fitted
from windward.training.packing import neighbours


def tested_examples(tokenizer: Any, rows: Sequence[TestRow], max_length: int) -> list[Example | None]:
    """The tokens of rows, as training reads and learns them; None where not the whole answer fits.

    Args:
        tokenizer: of the checkpoint.
        rows: that are tested.
        max_length: tokens at most; a prompt that is too long loses its beginning.

    Raises:
        DynamicsError: the chat template cannot render a row.
    """
    found: list[Example | None] = []
    for number, row in enumerate(rows, 1):
        messages = [*row.prompt, Message(role="assistant", content=row.answer)]
        try:
            example = conversation(tokenizer, messages, [False] * len(row.prompt) + [True])
        except (ModelError, RowError) as error:
            raise DynamicsError(f"tested row {number}: {error}") from error
        kept = fitted(example, max_length)
        found.append(None if kept.unlearnt else kept)
    return found


def answer_losses(
    model: Any, tokenizer: Any, rows: Sequence[TestRow], max_length: int
) -> NDArray[np.float64]:
    """Mean negative log-likelihood (nats) of each answer's tokens, the one that ends it included.

    Several rows are computed in one forward, without padding; beginnings that they share are computed once.

    Args:
        model: a causal language model of transformers whose attention is replaced by layouts (`models.attention`).
        tokenizer: of the same checkpoint.
        rows: that are tested.
        max_length: see `tested_examples`.

    Returns:
        [rows]; NaN where not the whole answer fits, or where its likelihood is no finite number.

    Raises:
        DynamicsError: the chat template cannot render a row.
    """
    import torch

    from windward.training.trainer import answer_log_probabilities, collate

    examples = tested_examples(tokenizer, rows, max_length)
    whole = [(number, example) for number, example in enumerate(examples) if example is not None]
    losses = np.full(len(rows), np.nan)
    model.eval()
    for places in neighbours([len(example.tokens) for _, example in whole], batch_tokens(model.device)):
        packed = collate([whole[place][1] for place in places])
        batch = {
            name: value.to(model.device) if isinstance(value, torch.Tensor) else value
            for name, value in packed.items()
        }
        with torch.inference_mode():
            likelihoods = answer_log_probabilities(model, batch).double()
        owners = batch["owners"]
        sums = likelihoods.new_zeros(len(places)).index_add(0, owners, likelihoods)
        tokens = torch.bincount(owners, minlength=len(places))
        losses[[whole[place][0] for place in places]] = (-sums / tokens).cpu().numpy()
    losses[~np.isfinite(losses)] = np.nan
    return losses
