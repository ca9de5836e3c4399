"""Model text as HTML that is safe by construction: Markdown without raw HTML, pictures or links into this server."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from windward.reports.markup import Html, tag, text, visible

_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_LONG_LINES = 25


def markdown(source: str) -> Html:
    """Markdown as HTML; tags in it are shown as they were written."""
    return Html(_markdown().render(visible(source)))


def code(source: str, caption: str = "Python") -> Html:
    """Python as a block that can be copied."""
    lines = Html(_coloured(visible(source)).rstrip("\n"))
    return tag(
        "details",
        tag("summary", caption),
        tag("pre", tag("code", lines)),
        class_="ww-code",
        open=True,
    )


def output(shown: str, *, failed: bool, caption: str = "") -> Html:
    """What a run showed; collapsed where it is long."""
    lines = shown.count("\n") + 1
    name = caption or ("Error" if failed else "Output")
    long = lines > _LONG_LINES
    return tag(
        "details",
        tag("summary", f"{name} · {lines} lines" if long else name),
        tag("pre", shown),
        class_="ww-output ww-failed" if failed else "ww-output",
        open=not long or failed,
    )


def picture(conversation: str, kept: str, alt: str) -> Html:
    """A figure, from this server's own route."""
    address = f"figures/{quote(conversation, safe='')}/{quote(kept, safe='')}"
    return Html(
        f'<a class="ww-figure" href="{address}" target="_blank" rel="noopener">'
        f'<img src="{address}" alt="{text(alt)}" loading="lazy"></a>'
    )


def link(address: str, label: object, **attributes: object) -> Html:
    """A link to a route of this server; each part of `address` that is not ours must be quoted already."""
    rest = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items()
    )
    return Html(f'<a href="{text(address)}"{rest}>{text(label)}</a>')


def one_line(html: Html) -> str:
    """HTML on one line, which a Markdown renderer on its way takes as a block of HTML and leaves as it is."""
    return html.replace("\n", "&#10;")


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "highlight": _highlighted})
    parser.enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link_open)
    return parser


def _highlighted(source: str, language: str, _: Any) -> str:
    if language.lower() not in ("python", "py", "python3"):
        return ""  # escaped by the renderer itself
    return _coloured(source)


def _coloured(source: str) -> str:
    """Python with its parts in spans; escaped by Pygments."""
    return str(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def _link_open(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    token.attrSet("target", "_blank")
    token.attrSet("rel", "noopener noreferrer nofollow")
    return str(renderer.renderToken(tokens, index, options, env))
