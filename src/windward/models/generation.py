"""The decoding loop: completions enter a running batch, share their prefixes, and leave when they are done."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from windward.models.attention import use_layouts
from windward.models.cache import Past, PrefixStore, Slots, Tokens, Trunk, common_prefix
from windward.models.layouts import DecodeLayout, Piece, PrefillLayout
from windward.models.sampling import draw, log_probability

if TYPE_CHECKING:
    from torch import Tensor

TRUNK_GAIN = 16
"""Tokens that completions must share beyond a known trunk before a new trunk is made of them."""
TRUNK_FAMILY = 4
"""Completions that must share them: fewer copy, as every trunk costs a step some operations."""
TRUNK_SAVING = 512
"""Tokens that a trunk must spare all of them together: below that, copies are cheaper than one more trunk a step."""
ADMIT_SHARE = 4
"""A full batch takes newcomers in once a quarter of it is free: reading ten prompts costs little more than one."""
COPY_GAIN = 8
"""Tokens worth a second pass: a completion that shares as many with another of its batch copies them."""


@dataclass(eq=False)
class Completion:
    """One reply in the making.

    Attributes:
        tokens: the prompt.
        max_tokens: new tokens at most.
        temperature: 0 is greedy.
        top_p: nucleus mass.
        ends: token ids after which the reply is over.
        stopped: whether the new tokens hold a stop string.
        uniform: the numbers of this draw.
        wants_logprobs: whether to fill `logprobs`.
        new: generated tokens, the ending one included.
        logprobs: one a generated token.
        finish: None while it runs.
        trunk: the shared prefix it sits on.
    """

    tokens: Tokens
    max_tokens: int
    temperature: float
    top_p: float
    ends: frozenset[int]
    stopped: Callable[[Sequence[int]], bool]
    uniform: random.Random
    wants_logprobs: bool = False
    new: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish: Literal["stop", "length"] | None = None
    trunk: Trunk | None = None

    @property
    def base(self) -> int:
        """Tokens that lie in the trunk."""
        return len(self.trunk) if self.trunk else 0

    @property
    def stored(self) -> int:
        """Tokens whose keys and values lie in its slot: all behind the trunk but the last generated one."""
        return len(self.tokens) - self.base + max(0, len(self.new) - 1)

    def tokens_in_slot(self) -> Tokens:
        """The stored tokens themselves."""
        return np.concatenate([self.tokens, np.array(self.new, dtype=np.int64)])[self.base :][: self.stored]


class Batch:
    """Completions that run together. Not thread-safe: one thread calls it.

    Attributes:
        waiting: not yet admitted, first come first served.
        live: running, in slot order.
        prefilled: prompt tokens computed so far (those reused from a trunk, a past or a batch mate are not).
    """

    def __init__(self, model: Any, *, max_batch: int, prefix_bytes: int) -> None:
        """Takes a causal language model of transformers, whose attention is replaced by layouts."""
        use_layouts(model)
        self.model = model
        self.max_batch = max_batch
        layers = model.config.get_text_config().num_hidden_layers
        self.slots = Slots(layers, model.device)
        self.prefixes = PrefixStore(prefix_bytes)
        self.waiting: deque[Completion] = deque()
        self.live: list[Completion] = []
        self.prefilled = 0

    def step(self) -> list[Completion]:
        """Admits what fits, gives every live completion one token, and returns those that are done."""
        import torch

        with torch.inference_mode():
            admitted = self._admit()
            if admitted:
                self._advance(admitted, self._prefill(admitted))
            else:
                self._advance(self.live, self._decode())
            return self._release()

    def drop(self, completion: Completion) -> None:
        """Forgets a completion that nobody waits for."""
        import torch

        if completion in self.waiting:
            self.waiting.remove(completion)
        elif completion in self.live:
            completion.finish = "stop"
            with torch.inference_mode():
                self._release()

    def clear(self) -> None:
        """Forgets everything, prefixes included: what a failed step left is not to be trusted."""
        self.waiting.clear()
        self.live.clear()
        self.prefixes.entries.clear()
        self.slots.key = self.slots.value = None

    def logits(self, tokens: Tokens, last: int) -> Tensor:
        """Plain logits (last, vocabulary) behind each of the last tokens of one sequence."""
        import torch

        trunk = self.prefixes.trunk_of(tokens[: len(tokens) - last + 1])
        base = len(trunk) if trunk else 0
        piece = Piece(len(self.live), trunk, 0, len(tokens) - base)
        kept = torch.arange(piece.new - last, piece.new)
        return self._forward([piece], [tokens[base:]], kept)

    def branches(self, prompt: Tokens, answers: Sequence[Tokens]) -> list[Tensor]:
        """For each answer to one prompt, the plain logits (tokens, vocabulary) before each of its tokens; the prompt is read once."""
        import torch

        first, trunk = self._read(prompt)
        longer = [answer[:-1] for answer in answers if len(answer) > 1]
        behind = first[:0]
        if longer:
            pieces = [Piece(len(self.live) + n, trunk, 0, len(tokens)) for n, tokens in enumerate(longer)]
            behind = self._forward(pieces, longer, torch.arange(sum(map(len, longer))))
        logits, used = [], 0
        for answer in answers:
            logits.append(torch.cat([first, behind[used : used + len(answer) - 1]]))
            used += len(answer) - 1
        return logits

    def _read(self, prompt: Tokens) -> tuple[Tensor, Trunk]:
        """The logits (1, vocabulary) behind a prompt, and the prompt as a trunk; kept for prompts that begin like it."""
        slot, known = len(self.live), self.prefixes.trunk_of(prompt)
        base = len(known) if known else 0
        start = self._reuse(known, prompt, slot)
        piece = Piece(slot, known, start, len(prompt) - base - start)
        logits = self._forward([piece], [prompt[base + start :]])
        key, value = (held.clone() for held in self.slots.read(slot, len(prompt) - base))
        self.prefixes.keep(Past(known, prompt[base:], key, value), self._trunks_in_use())
        if known is not None:
            key, value = _joined(known.key, key), _joined(known.value, value)
        return logits, Trunk(prompt, key, value)

    def _admit(self) -> list[Completion]:
        free = self.max_batch - len(self.live)
        if self.live and free < min(len(self.waiting), self.max_batch // ADMIT_SHARE):
            return []
        admitted = [self.waiting.popleft() for _ in range(min(len(self.waiting), free))]
        self._grow_trunks(admitted)
        for completion in admitted:
            completion.trunk = self.prefixes.trunk_of(completion.tokens)
        self.live.extend(admitted)
        return admitted

    def _grow_trunks(self, family: list[Completion]) -> None:
        """Makes trunks of what enough completions share; then the same within each of its branches."""
        if len(family) < TRUNK_FAMILY:
            return
        first = family[0].tokens
        shared = min(common_prefix(first, other.tokens) for other in family)
        shared = min(shared, min(len(completion.tokens) for completion in family) - 1)
        known = self.prefixes.trunk_of(first)
        gain = shared - (len(known) if known else 0)
        if gain >= TRUNK_GAIN and gain * (len(family) - 1) >= TRUNK_SAVING:
            self._make_trunk(known, first[:shared])
        branches: dict[bytes, list[Completion]] = {}
        for completion in family:
            branches.setdefault(completion.tokens[shared : shared + TRUNK_GAIN].tobytes(), []).append(
                completion
            )
        if len(branches) > 1:
            for branch in branches.values():
                self._grow_trunks(branch)

    def _make_trunk(self, known: Trunk | None, tokens: Tokens) -> None:
        # The first free slot serves as scratch: what is admitted has not taken its place yet.
        slot, base = len(self.live), len(known) if known else 0
        start = self._reuse(known, tokens, slot)
        self._forward([Piece(slot, known, start, len(tokens) - base - start)], [tokens[base + start :]])
        key, value = self.slots.read(slot, len(tokens) - base)
        if known is None:
            trunk = Trunk(tokens, key.clone(), value.clone())
        else:
            trunk = Trunk(tokens, _joined(known.key, key), _joined(known.value, value))
        self.prefixes.keep(trunk, [trunk, *self._trunks_in_use()])

    def _reuse(self, trunk: Trunk | None, tokens: Tokens, slot: int) -> int:
        """Copies what a past or a live completion already holds of `tokens` into a slot; returns how much."""
        behind = tokens[len(trunk) if trunk else 0 :]
        past, length = self.prefixes.past_of(trunk, behind)
        source = None
        for other_slot, other in enumerate(self.live):
            if other.trunk is trunk and other_slot != slot and other.new:
                shared = common_prefix(other.tokens_in_slot(), behind)
                if shared > length:
                    source, length = other_slot, shared
        length = min(length, len(behind) - 1)  # the last token is computed anew: its logits are wanted
        if length <= 0:
            return 0
        if source is not None:
            self.slots.move(source, slot, length)
        elif past is not None:
            self.slots.fill(slot, past.key[:, :, :length], past.value[:, :, :length])
        return length

    def _prefill(self, admitted: list[Completion]) -> Tensor:
        """Reads the prompts; returns the logits behind each, (admitted, vocabulary)."""
        first_slot = len(self.live) - len(admitted)
        starts = [
            self._reuse(completion.trunk, completion.tokens, first_slot + i)
            for i, completion in enumerate(admitted)
        ]
        leaders = _leaders(admitted, starts)
        logits: dict[int, Tensor] = {}
        for following in (False, True):
            chosen = [i for i in range(len(admitted)) if (leaders[i] is not None) == following]
            pieces, tokens = [], []
            for i in chosen:
                slot, completion = first_slot + i, admitted[i]
                leader = leaders[i]
                if leader is not None:
                    starts[i] = leader[1]
                    self.slots.move(first_slot + leader[0], slot, starts[i])
                behind = completion.tokens[completion.base + starts[i] :]
                pieces.append(Piece(slot, completion.trunk, starts[i], len(behind)))
                tokens.append(behind)
            if pieces:
                logits |= dict(zip(chosen, self._forward(pieces, tokens), strict=True))
        import torch

        return torch.stack([logits[i] for i in range(len(admitted))])

    def _forward(self, pieces: list[Piece], tokens: list[Tokens], kept: Tensor | None = None) -> Tensor:
        """Computes pieces in one go; returns the logits behind the `kept` tokens, or behind each piece's last."""
        import torch

        device = self.slots.device
        positions = [
            np.arange(piece.new) + piece.start + (len(piece.trunk) if piece.trunk else 0) for piece in pieces
        ]
        if kept is None:
            kept = torch.from_numpy(np.cumsum([piece.new for piece in pieces]) - 1)
        self.prefilled += sum(piece.new for piece in pieces)
        output = self.model(
            input_ids=torch.from_numpy(np.concatenate(tokens))[None].to(device),
            position_ids=torch.from_numpy(np.concatenate(positions))[None].to(device),
            use_cache=False,
            logits_to_keep=kept.to(device),
            layout=PrefillLayout(self.slots, tuple(pieces)),
        )
        logits: Tensor = output.logits[0]
        return logits

    def _decode(self) -> Tensor:
        """One step of all live completions; returns (live, vocabulary)."""
        import torch

        device = self.slots.device
        lengths = [completion.stored for completion in self.live]
        positions = [len(c.tokens) + len(c.new) - 1 for c in self.live]
        output = self.model(
            input_ids=torch.tensor([[c.new[-1] for c in self.live]], device=device),
            position_ids=torch.tensor([positions], device=device),
            use_cache=False,
            layout=DecodeLayout(self.slots, lengths, [c.trunk for c in self.live]),
        )
        logits: Tensor = output.logits[0]
        return logits

    def _advance(self, completions: list[Completion], logits: Tensor) -> None:
        import torch

        def column(values: list[float]) -> Tensor:
            return torch.tensor(values, device=logits.device)

        logits = logits.float()
        tokens = draw(
            logits,
            column([c.temperature for c in completions]),
            column([c.top_p for c in completions]),
            column([c.uniform.random() for c in completions]),
        )
        wanted = any(c.wants_logprobs for c in completions)
        logprobs = log_probability(logits, tokens).tolist() if wanted else [0.0] * len(completions)
        for completion, token, logprob in zip(completions, tokens.tolist(), logprobs, strict=True):
            completion.new.append(token)
            if completion.wants_logprobs:
                completion.logprobs.append(logprob)
            if token in completion.ends or completion.stopped(completion.new):
                completion.finish = "stop"
            elif len(completion.new) >= completion.max_tokens:
                completion.finish = "length"

    def _release(self) -> list[Completion]:
        """Takes finished completions out; the last live ones move into their slots."""
        done = [completion for completion in self.live if completion.finish]
        for completion in done:
            slot = self.live.index(completion)
            if completion.new:
                key, value = self.slots.read(slot, completion.stored)
                past = Past(completion.trunk, completion.tokens_in_slot(), key.clone(), value.clone())
                self.prefixes.keep(past, self._trunks_in_use())
            last = self.live.pop()
            if last is not completion:
                self.slots.move(len(self.live), slot, last.stored)
                self.live[slot] = last
        return done

    def _trunks_in_use(self) -> list[Trunk]:
        return [completion.trunk for completion in self.live if completion.trunk is not None]


def _joined(head: Tensor, tail: Tensor) -> Tensor:
    import torch

    return torch.cat([head, tail], dim=2)


def _leaders(admitted: list[Completion], starts: list[int]) -> list[tuple[int, int] | None]:
    """For each completion, the earlier one that it copies from and how many tokens; None where it goes first."""
    order = sorted(range(len(admitted)), key=lambda i: (id(admitted[i].trunk), admitted[i].tokens.tolist()))
    leaders: list[tuple[int, int] | None] = [None] * len(admitted)
    leader = order[0]
    for i in order[1:]:
        own, other = admitted[i], admitted[leader]
        shared = 0
        if own.trunk is other.trunk:
            shared = min(common_prefix(own.tokens, other.tokens), len(own.tokens) - 1) - own.base
        if shared >= starts[i] + COPY_GAIN:
            leaders[i] = (leader, shared)
        else:
            leader = i
    return leaders
