"""The whole document: one file that loads nothing, under a content policy that runs only its own script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from windward.reports.markup import Html, join, tag


def page(title: str, *sections: object) -> str:
    """A complete HTML document.

    The content policy allows exactly one style sheet and one script, by their hashes, and nothing from anywhere
    else: even markup that slipped through the escaping could neither run nor load anything.

    Args:
        title: of the browser's tab.
        sections: the body, from top to bottom.
    """
    style, script = _resource("style.css"), _resource("page.js")
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        Html(f"<style>{style}</style>"),
    )
    body = join(tag("main", *sections), Html(f"<script>{script}</script>"))
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{body}</body></html>\n'


def write_page(folder: Path, text: str) -> Path:
    """Writes a page as `folder/report.html`, whole or not at all (a temporary file is renamed); its path."""
    target = folder / "report.html"
    temporary = target.with_suffix(".html.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(target)
    return target


def footer() -> Html:
    """The end of a page: who made it, and how it shows what models wrote."""
    told = (
        "Made by Windward. Everything a model wrote is shown as text: escaped, hidden characters spelled out."
    )
    return tag("footer", tag("p", told))


def navigation(entries: list[tuple[str, str]]) -> Html:
    """Links to the sections of the page: (anchor, name)."""
    links = (tag("li", tag("a", name, href=f"#{anchor}")) for anchor, name in entries)
    return tag("nav", tag("ul", *links), aria_label="Sections")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


@cache
def _resource(name: str) -> str:
    content = files("windward.reports").joinpath(name).read_text(encoding="utf-8")
    if "</" in content or "<!--" in content:
        raise ValueError(
            f"{name} holds markup that would end its own element; write it without '</' and '<!--'"
        )
    return content
