"""HTML that is safe by construction: a plain string is always escaped, only `Html` passes as it is.

Everything a report shows may come from a model, so nothing here trusts a string. There is no way to write an
event handler, a `style` attribute or an address outside the page; characters that a reader cannot see
(controls, direction overrides, lone surrogates) are spelled out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache

_VOID = frozenset({"meta", "br", "hr", "line", "rect", "circle", "path", "polyline"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
_ADDRESS = frozenset({"href", "src", "srcset", "action", "formaction", "data", "poster", "xlink-href"})
_KEPT = frozenset("\n\t\u200c\u200d")  # the last two join letters in real scripts and emoji


class Html(str):
    """Text that is already markup. Made by this module; anything else is escaped."""

    __slots__ = ()


@cache
def _spelled(character: str) -> str:
    """One character as a reader should see it."""
    if character in _KEPT:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    hidden = (
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} or code & 0xFFFE == 0xFFFE
    )
    return f"⟨U+{code:04X}⟩" if hidden else character


def visible(value: str) -> str:
    """Spells out what cannot be seen: `␛` for an escape, `⟨U+202E⟩` for a direction override or a lone surrogate.

    Line ends become newlines; letters, marks and the joiners of real scripts stay.
    """
    value = value.replace("\r\n", "\n")
    if value.isascii() and value.isprintable():
        return value
    return "".join(map(_spelled, value))


def cut_middle(value: str, limit: int = 4_000) -> str:
    """The beginning and the end of a long text, and between them how many characters are not shown."""
    if len(value) <= limit:
        return value
    head, tail = limit * 2 // 3, limit - limit * 2 // 3
    return f"{value[:head]}\n… {len(value) - limit:,} characters not shown …\n{value[-tail:]}"


def text(value: object) -> Html:
    """A value as escaped text, fit for element content and for quoted attributes alike."""
    return value if isinstance(value, Html) else Html(html.escape(visible(str(value)), quote=True))


def join(*children: object) -> Html:
    """Children one after another: `Html` as it is, None left out, anything else escaped."""
    return Html("".join(text(child) for child in children if child is not None))


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """One element.

    `class_` becomes `class`, and `stroke_width` becomes `stroke-width`. None and False leave an attribute out,
    True gives one without a value.

    Raises:
        ValueError: a name is malformed, an attribute could run script or style, or an address leaves the page.
    """
    if not _NAME.match(name) or name.lower() == "script":
        raise ValueError(f"tag {name!r} is not one a report may hold")
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID and not children:
        return Html(f"<{name}{written}>" if name in {"meta", "br", "hr"} else f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    if not _NAME.match(name) or name.lower().startswith("on") or name.lower() == "style":
        raise ValueError(f"attribute {name!r} is not one a report may hold")
    if name.lower() in _ADDRESS and not str(value).startswith("#"):
        raise ValueError(f"{name}={value!r} leaves the page: a report loads and links nothing outside itself")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
    # An Html value is escaped here all the same: markup inside an attribute is only text.
    return f' {name}="{html.escape(visible(str(shown)), quote=True)}"'
