"""Take the typesetting off an answer and leave the mathematics; pure text to text, linear in its length."""

from __future__ import annotations

import re

MAX_CHARS = 1_500
"""Longer texts are not parsed: no answer is that long."""

_FRACTIONS = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞",
        ["12", "13", "23", "14", "34", "15", "25", "35", "45", "16", "56", "18", "38", "58", "78"],
        strict=True,
    )
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "×": r"\times ", "⋅": "*", "·": "*", "∙": "*", "÷": "/", "∕": "/", "⁄": "/",
    "π": r"\pi ", "∞": r"\infty ", "≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">=", "≠": "!=", "±": r"\pm ", "∓": r"\mp ",
    "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "°": r"^\circ ", "′": "'", "’": "'", "ℝ": r"\mathbb{R}",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "∶": ":", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ",
    "φ": r"\phi ", "Φ": r"\Phi ", "λ": r"\lambda ", "μ": r"\mu ", "σ": r"\sigma ", "ω": r"\omega ", "√": r"\sqrt ",
    "⟨": r"\langle ", "⟩": r"\rangle ", "％": "%", "＝": "=", "﹣": "-", "－": "-", "＋": "+", "∧": r"\land ", "∨": r"\lor ",
}  # fmt: skip
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_DROPPED = re.compile(
    r"(?<!\\)\\(?:(?:left|right|[bB]igg?[lrm]?|displaystyle|textstyle|limits|boldsymbol|bf|rm|it|qquad|quad|approx"
    r"|therefore|hfill|nobreak)(?![a-zA-Z])(?:\.(?!\d))?|(?:hspace|phantom)\{[^{}]*\}|[,;:>!]|\s)"
)
_TEXT = re.compile(
    r"\\(text|textbf|textit|textrm|texttt|textsf|mbox|hbox|mathrm|mathbf|mathit|mathsf|operatorname|mathcal)\*?"
    r"\s*\{([^{}]*)\}"
)
_PYTHON_COMPLEX = re.compile(r"(?<![A-Za-z\d.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[jJ](?![A-Za-z\d])")
_LITERAL = re.compile(r"\b(?:Decimal|Fraction|mpf|Integer|Float)\(\s*(['\"]?)(-?[\d./eE+-]+)\1\s*\)")
_PREFIX = re.compile(
    r"^(?:(?:the\s+)?(?:final\s+)?answer\s*(?:is|:|=)\s*|approximately\s+|approx\.?\s+|about\s+|\\approx\s*|≈\s*|~\s*"
    r"|\\therefore\s*|∴\s*|exactly\s+)+",
    re.IGNORECASE,
)
_KEEP_FUNCTION = frozenset({
    "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "lcm", "gcd", "max", "min", "arcsin",
    "arccos", "arctan", "abs",
})  # fmt: skip


_REPEATING = re.compile(r"(\d+)\s*\.\s*(\d*)\s*\\(?:overline|bar)\s*\{?(\d+)\}?")
_PRINTED_ARRAY = re.compile(r"\[[\[\]\d\s.eE+-]+\]")
_MODULO = re.compile(r"\\p?mod\s*\{?\s*\d+\s*\}?|\(\s*(?:\\?mod)\s*\d+\s*\)|\\bmod\s*\d+")


def _repeating(match: re.Match[str]) -> str:
    r"""`0.1\overline{6}` as the fraction that it is."""
    whole, start, period = match.groups()
    if len(start) + len(period) > 60:
        return match.group()
    top = int(whole + start + period) - int(whole + start)
    bottom = (10 ** len(period) - 1) * 10 ** len(start)
    return rf"\frac{{{top}}}{{{bottom}}}"


def unwrap(text: str) -> str:
    """Without what surrounds an answer: mark-up, dollar signs, a full stop, a phrase in front."""
    text = text.strip().strip("*`").strip()
    text = text.replace("\\$", "").replace("$", "").replace("\\(", "").replace("\\)", "")
    text = (
        _bare_display(text)
        .replace("\\%", "%")
        .replace("\\#", "#")
        .replace("\\&", "&")
        .replace("€", "")
        .replace("£", "")
    )
    text = _PREFIX.sub("", text.strip())
    return text.rstrip(" \t\n\r.,;:\\") if not text.endswith(("\\,", "\\!", "\\;")) else text[:-2].strip()


def _bare_display(text: str) -> str:
    r"""Without the brackets of `\[ … \]`; a matrix row's `\\[2pt]` keeps its own."""
    return re.sub(r"(?<!\\)\\[\[\]]", "", re.sub(r"\\\\\s*\[\d+[a-z]+\]", r"\\\\", text))


def clean(text: str) -> str:
    r"""`unwrap`, and every sign in the spelling that the tokenizer reads; `\text{…}` becomes `\x02…\x03`."""
    text = unwrap(text).replace("\x02", "").replace("\x03", "")
    text = re.sub(r"(\d)\s*([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])", r"\1\2", text)
    for sign, digits in _FRACTIONS.items():
        text = text.replace(sign, rf"\frac{{{digits[0]}}}{{{digits[1]}}}")
    text = re.sub(r"[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^{" + m.group().translate(_SUPERSCRIPTS) + "}", text)
    text = re.sub(r"[₀₁₂₃₄₅₆₇₈₉]+", lambda m: "_{" + m.group().translate(_SUBSCRIPTS) + "}", text)
    text = re.sub(r"√\s*([A-Za-z](?![A-Za-z])|\d+(?:\.\d+)?)", r"\\sqrt{\1}", text)
    text = _SIGN.sub(lambda match: _SIGNS[match.group()], text)
    text = _LITERAL.sub(r"(\2)", text)
    text = re.sub(r"(?<=\d)\{,\}(?=\d{3})|(?<=\d),\\!\s*(?=\d{3})", ",", text)
    text = re.sub(r"(?<=\d)(?:\\[,:; ]|~| )(?=\d{3}(?!\d))(?<!\d{4}.)(?<!\d{4}\\.)", ",", text)
    text = re.sub(r"(?<=\d)\s*[xX]\s*10\s*(?=\^|\*\*)", r" \\times 10", text)
    if _PRINTED_ARRAY.fullmatch(text):
        text = re.sub(r"(?<=[\d.\]])\s+(?=[-\d.\[])", ", ", text)
    text = _MODULO.sub(" ", _REPEATING.sub(_repeating, text))
    text = text.replace("~", " ")
    text = _DROPPED.sub(" ", text)
    text = _PYTHON_COMPLEX.sub(r"(\1*\\mathrm{i})", text)
    text = _TEXT.sub(_text_token, text)
    return text.strip()


def _text_token(match: re.Match[str]) -> str:
    """A single letter in roman type is the letter itself; words are words."""
    command, inner = match.group(1), match.group(2).strip()
    roman = command in {"mathrm", "mathbf", "mathit", "operatorname", "mathsf", "mathcal"}
    if inner in _KEEP_FUNCTION:
        return f"\\{inner} " if inner not in {"lcm", "abs"} else f" {inner} "
    if roman and len(inner) == 1 and inner.isalpha():
        return inner
    if inner and not re.search(r"[A-Za-z]", inner):
        return f" {inner} "
    return f"\x02{match.group(2)}\x03"
