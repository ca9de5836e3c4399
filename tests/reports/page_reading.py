"""Reads a page back the way a browser's parser would: elements, attributes, text, tables."""

from __future__ import annotations

from html.parser import HTMLParser


class PageReader(HTMLParser):
    """What a page holds once parsed.

    `elements` are (name, attributes) in order; `texts` joins the text of all but script and style;
    `tables` are rows of cell texts, one list a `<table>`.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._pieces: list[str] = []
        self._inside: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "hr", "img"}:
            self._inside.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._inside and self._inside[-1] == tag, f"</{tag}> closes {self._inside[-3:]}"
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] in self.raw:
            self.raw[self._inside[-1]].append(data)
            return
        self._pieces.append(data)
        if "table" in self._inside and ("td" in self._inside or "th" in self._inside):
            self.tables[-1][-1][-1] += data

    @property
    def text(self) -> str:
        """All the text that a reader sees."""
        return "".join(self._pieces)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of one name."""
        return [attributes for name, attributes in self.elements if name == tag]
