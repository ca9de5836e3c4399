"""Levels that a user asks for in a conversation with a controllable policy: rendered as the policy was trained, by the same function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windward.recipes.chat.record import ConversationError
from windward.training.controllable import Condition, Scale, Style


@dataclass(frozen=True)
class Control:
    """What can be asked for.

    Attributes:
        scales: the objectives, in the order in which a condition names them.
        style: how conditions are written.
    """

    scales: Mapping[str, Scale]
    style: Style = "text"

    def sent(self, text: str, levels: Mapping[str, float]) -> str:
        """The user's words as the model gets them: after the levels asked for; as they are where none is.

        Raises:
            ConversationError: there is no such objective or level.
        """
        try:
            return Condition(self.scales, **levels).render(text, self.style)
        except ValueError as error:
            raise ConversationError(str(error)) from error


def changed(control: Control | None, levels: Mapping[str, float], said: Sequence[str]) -> dict[str, float]:
    """The levels asked for after `NAME=LEVEL` or `NAME=free`.

    Raises:
        ConversationError: nothing can be asked for, or a word cannot be read.
    """
    if control is None:
        raise ConversationError(
            "nothing can be asked for here: start with windward chat --control NAME=LOW:HIGH"
        )
    found = dict(levels)
    for one in said:
        name, _, level = one.partition("=")
        if level == "free" and name in control.scales:
            found.pop(name, None)
            continue
        try:
            found[name] = float(level)
        except ValueError:
            example = next(iter(control.scales))
            raise ConversationError(
                f"{one!r} cannot be read: write NAME=LEVEL or NAME=free, such as {example}={control.scales[example].high:g}"
            ) from None
        control.sent("", found)
    return found


def shown(control: Control, levels: Mapping[str, float]) -> str:
    """The levels asked for, in a line."""
    return ", ".join(
        f"{name} {levels[name]:g}" if name in levels else f"{name} free ({scale.low:g} to {scale.high:g})"
        for name, scale in control.scales.items()
    )
