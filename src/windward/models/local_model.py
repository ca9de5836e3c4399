"""Local checkpoints: a transformers model in this process, behind one thread and a running batch."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from windward.models.cache import Tokens
from windward.models.chat import answer_ids, prompt_ids
from windward.models.embedded_checkpoint import embedded_path
from windward.models.fingerprint import fingerprint
from windward.models.generation import Batch, Completion
from windward.models.loading import checkpoint_folder, native_bfloat16, without_progress_bars
from windward.models.protocol import (
    ContextOverflowError,
    Message,
    ModelError,
    Reply,
    Sampling,
    Usage,
)
from windward.models.sampling import log_probability, stream
from windward.models.speaking import Speech
from windward.models.streaming import OnText, cut

if TYPE_CHECKING:
    from torch import Tensor

SETTLE_SECONDS = 0.003
"""How long an idle model waits for more calls before it starts: what comes together shares its prefixes."""


@dataclass(frozen=True, eq=False)
class _Call:
    messages: Sequence[Message]
    sampling: Sampling
    sample: int
    reply: Future[Reply]
    speech: Speech | None = None


class Local:
    """A checkpoint in this process.

    Calls that run at the same time are decoded together. What a call draws depends on its seed, sample and
    messages (up to rounding), not on the calls beside it. Make one with `local`.
    """

    def __init__(
        self, model: Any, tokenizer: Any, name: str, *, max_batch: int, max_context: int, prefix_mb: int
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._name = name
        self.max_context = max_context
        self._ends = _ends(model, tokenizer)
        self._batch = Batch(model, max_batch=max_batch, prefix_bytes=prefix_mb << 20)
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="windward-local")
        self._lock = threading.Lock()
        self._running = False

    @property
    def name(self) -> str:
        """Checkpoint name, content hash and, where it is not float32, the precision."""
        return self._name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """Answers `messages`; where the last one is the assistant's, goes on from it.

        `logprobs` and `usage.completion_tokens` include the token that ends the reply.

        Raises:
            ContextOverflowError: prompt and `max_tokens` do not fit the context.
            ModelError: the messages cannot be rendered, or the computation failed.
        """
        return await self._answered(_Call(tuple(messages), sampling or Sampling(), sample, Future()))

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """The reply that `generate` gives, heard token by token: whole characters, no part of a stop string.

        Raises:
            ContextOverflowError: prompt and `max_tokens` do not fit the context.
            ModelError: the messages cannot be rendered, or the computation failed.
        """
        reply: Future[Reply] = Future()
        speech = Speech(on_text, asyncio.get_running_loop(), sampling.stop, self._text, reply)
        return await self._answered(_Call(tuple(messages), sampling, sample, reply, speech))

    async def _answered(self, call: _Call) -> Reply:
        self._calls.put(call)
        with self._lock:
            if not self._running:
                self._running = True
                self._thread.submit(self._serve)
        return await asyncio.wrap_future(call.reply)

    async def score(self, messages: Sequence[Message], completion: str) -> tuple[float, ...]:
        """Log-probability (nats) of each token of `completion` as the answer to `messages`, and of its end.

        Raises:
            ContextOverflowError: prompt and completion do not fit the context.
        """
        return await asyncio.wrap_future(self._thread.submit(self._score, tuple(messages), completion))

    async def score_many(
        self, messages: Sequence[Message], completions: Sequence[str]
    ) -> list[tuple[float, ...]]:
        """What `score` gives for each completion; the messages are read once.

        Raises:
            ContextOverflowError: prompt and a completion do not fit the context.
        """
        work = self._thread.submit(self._score_many, tuple(messages), tuple(completions))
        return await asyncio.wrap_future(work)

    async def next_token_entropy(self, messages: Sequence[Message]) -> float:
        """Entropy (nats) of the distribution of the first token of the answer to `messages`.

        Raises:
            ContextOverflowError: the prompt does not fit the context.
        """
        return await asyncio.wrap_future(self._thread.submit(self._entropy, tuple(messages)))

    async def text_log_probabilities(self, text: str) -> tuple[float, ...]:
        """Log-probability (nats) of each token of a text alone, without a chat template.

        A first token has none before it to be predicted from, unless the tokenizer begins every text with one of its own; it is left out.

        Raises:
            ContextOverflowError: the text does not fit the context.
        """
        return await asyncio.wrap_future(self._thread.submit(self._text_log_probabilities, text))

    def prompt_tokens(self, messages: Sequence[Message]) -> Tokens:
        """The token ids that the model reads before it answers `messages`.

        Raises:
            ModelError: there are no messages, or the checkpoint has no chat template for them.
        """
        return np.array(prompt_ids(self._tokenizer, messages), dtype=np.int64)

    def _serve(self) -> None:
        """Runs on the worker thread until nothing is left to do."""
        running: dict[int, tuple[Completion, _Call]] = {}
        while True:
            for call in self._arrivals(idle=not running):
                completion = self._accept(call)
                if completion is not None:
                    running[id(completion)] = (completion, call)
            with self._lock:
                if not running and self._calls.empty():
                    self._running = False
                    return
            try:
                self._drop_cancelled(running)
                for completion in self._batch.step() if running else []:
                    _, call = running.pop(id(completion))
                    reply = self._reply(completion, call.sampling.stop)
                    if call.speech is not None:
                        call.speech.end(reply.text)
                    _settle(call.reply, reply)
                for completion, call in running.values():
                    if call.speech is not None:
                        call.speech.say(completion.new)
            except Exception as error:  # out of memory and the like: every caller must hear of it
                failed = ModelError(f"{self.name}: generation failed: {error}")
                failed.__cause__ = error
                for _, call in running.values():
                    _settle(call.reply, failed)
                running.clear()
                self._batch.clear()

    def _arrivals(self, *, idle: bool) -> list[_Call]:
        calls: list[_Call] = []
        while True:
            try:
                calls.append(self._calls.get(timeout=SETTLE_SECONDS) if idle else self._calls.get_nowait())
            except queue.Empty:
                return calls

    def _accept(self, call: _Call) -> Completion | None:
        try:
            completion = self._completion(call)
        except ModelError as error:
            _settle(call.reply, error)
            return None
        self._batch.waiting.append(completion)
        return completion

    def _completion(self, call: _Call) -> Completion:
        sampling = call.sampling
        tokens = self.prompt_tokens(call.messages)
        self._check_fits(len(tokens), sampling.max_tokens)
        return Completion(
            tokens=tokens,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            ends=self._ends,
            stopped=self._stop_check(sampling.stop),
            uniform=stream(sampling.seed, call.sample, tokens),
            wants_logprobs=sampling.logprobs,
        )

    def _check_fits(self, prompt: int, new: int) -> None:
        if new < 1:
            raise ModelError(f"{self.name}: max_tokens is {new}; ask for at least one token")
        if prompt + new > self.max_context:
            raise ContextOverflowError(
                f"{self.name}: a prompt of {prompt} tokens and {new} new ones exceed the context of "
                f"{self.max_context} tokens. Shorten the messages or lower max_tokens."
            )

    def _stop_check(self, stop: tuple[str, ...]) -> Callable[[Sequence[int]], bool]:
        if not stop:
            return lambda new: False
        # A character is up to four tokens; a few more in case a token decodes to nothing.
        tail = 4 * max(len(text) for text in stop) + 8

        def stopped(new: Sequence[int]) -> bool:
            text = self._text(new[-tail:])
            return any(end in text for end in stop)

        return stopped

    def _text(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _drop_cancelled(self, running: dict[int, tuple[Completion, _Call]]) -> None:
        for key, (completion, call) in list(running.items()):
            if call.reply.cancelled():
                self._batch.drop(completion)
                del running[key]

    def _reply(self, completion: Completion, stop: tuple[str, ...]) -> Reply:
        return Reply(
            text=cut(self._text(completion.new), stop),
            finish=completion.finish or "other",
            usage=Usage(len(completion.tokens), len(completion.new)),
            logprobs=tuple(completion.logprobs) if completion.wants_logprobs else None,
            model=self.name,
        )

    def _score(self, messages: Sequence[Message], completion: str) -> tuple[float, ...]:
        import torch

        prompt = self.prompt_tokens(messages)
        answer = np.array(answer_ids(self._tokenizer, completion), dtype=np.int64)
        self._check_fits(len(prompt), len(answer))
        with torch.inference_mode():
            logits = self._batch.logits(np.concatenate([prompt, answer[:-1]]), len(answer))
            return _log_probabilities(logits, answer)

    def _score_many(self, messages: Sequence[Message], completions: Sequence[str]) -> list[tuple[float, ...]]:
        import torch

        prompt = self.prompt_tokens(messages)
        answers = [np.array(answer_ids(self._tokenizer, text), dtype=np.int64) for text in completions]
        for answer in answers:
            self._check_fits(len(prompt), len(answer))
        with torch.inference_mode():
            logits = self._batch.branches(prompt, answers)
            return [_log_probabilities(own, answer) for own, answer in zip(logits, answers, strict=True)]

    def _entropy(self, messages: Sequence[Message]) -> float:
        import torch

        prompt = self.prompt_tokens(messages)
        self._check_fits(len(prompt), 1)
        with torch.inference_mode():
            (logits,) = self._batch.branches(prompt, [prompt[:1]])
            return float(torch.special.entr(logits[0].float().softmax(-1)).sum())

    def _text_log_probabilities(self, text: str) -> tuple[float, ...]:
        import torch

        tokens = np.array(self._tokenizer(text)["input_ids"], dtype=np.int64)
        if len(tokens) < 2:
            return ()
        self._check_fits(len(tokens) - 1, 1)
        with torch.inference_mode():
            return _log_probabilities(self._batch.logits(tokens[:-1], len(tokens) - 1), tokens[1:])


def local(
    path_or_name: str | Path,
    *,
    max_batch: int = 32,
    max_context: int | None = None,
    dtype: str = "auto",
    device: str | None = None,
    prefix_mb: int = 512,
) -> Local:
    """Loads a checkpoint into this process.

    Args:
        path_or_name: a checkpoint folder, or a model on the Hugging Face hub.
        max_batch: calls that are decoded together at most; more wait, first come first served.
        max_context: tokens of prompt and reply; None is what the checkpoint says.
        dtype: `float32`, `bfloat16` or `float16`; `auto` is float32 on a CPU (where bfloat16 is slower unless
            the processor multiplies it natively) and bfloat16 on a GPU; `fast` is bfloat16 wherever it is native.
        device: `cpu`, `cuda`, …; None is a GPU where there is one.
        prefix_mb: MiB of memory for prompts' keys and values kept between calls.

    Raises:
        ModelError: there is no such checkpoint, or its architecture cannot run in process.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = checkpoint_folder(path_or_name)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if dtype == "fast":
        dtype = "bfloat16" if native_bfloat16() else "float32"
    precision = ("float32" if device == "cpu" else "bfloat16") if dtype == "auto" else dtype
    try:
        with without_progress_bars():
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, precision))
        model.to(device).eval()
        tokenizer = AutoTokenizer.from_pretrained(folder)
        name = f"{Path(path_or_name).name}@{fingerprint(folder)[:12]}"
        config = model.config.get_text_config()
        # Within its window, a model with sliding attention is an ordinary one.
        limits = [max_context, config.max_position_embeddings, getattr(config, "sliding_window", None)]
        return Local(
            model,
            tokenizer,
            name if precision == "float32" else f"{name}-{precision}",
            max_batch=max_batch,
            max_context=min(limit for limit in limits if limit),
            prefix_mb=prefix_mb,
        )
    except (OSError, ValueError) as error:
        raise ModelError(f"{path_or_name} could not be loaded: {error}") from error


def embedded(*, max_batch: int = 32, prefix_mb: int = 512) -> Local:
    """The embedded default, SmolLM2-135M-Instruct, in this process; see `embedded_path`.

    Raises:
        ModelError: its package is not installed; the message names the hub alternative.
    """
    return local(embedded_path(), max_batch=max_batch, prefix_mb=prefix_mb)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens that end a reply, as the checkpoint's generation settings and its tokenizer name them."""
    named = model.generation_config.eos_token_id
    ends = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return frozenset(end for end in ends if end is not None)


def _log_probabilities(logits: Tensor, tokens: Tokens) -> tuple[float, ...]:
    import torch

    scores: list[float] = log_probability(logits, torch.from_numpy(tokens).to(logits.device)).tolist()
    return tuple(scores)


def _settle(reply: Future[Reply], outcome: Reply | ModelError) -> None:
    if not reply.set_running_or_notify_cancel():
        return
    if isinstance(outcome, Reply):
        reply.set_result(outcome)
    else:
        reply.set_exception(outcome)
