"""Cut an answer into tokens of a closed alphabet; anything else is not an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from windward.grading.maths.nodes import UnreadableError

GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta",
    "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "varphi",
    "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Sigma", "Phi", "Psi", "Omega",
    "ell",
})  # fmt: skip
FUNCTIONS = frozenset({
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "log", "ln", "lg", "exp", "sqrt", "cbrt", "abs", "max", "min", "gcd", "lcm",
    "floor", "ceil", "factorial", "binomial", "comb",
})  # fmt: skip
CLASSES = frozenset({
    "Matrix", "ImmutableDenseMatrix", "MutableDenseMatrix", "Interval", "Interval.open",
    "Interval.Ropen", "Interval.Lopen", "Union", "Intersection", "Complement", "FiniteSet", "Rational",
    "Fraction", "Decimal", "Eq", "Abs", "Max", "Min", "Mod", "array", "np.array", "np.float64",
    "np.int64", "np.True_", "mpf", "mpc", "log10", "log2", "math.sqrt", "math.pi", "np.sqrt", "np.pi",
    "Integer", "Float", "Tuple",
})  # fmt: skip
INFINITIES = frozenset({"oo", "inf", "infinity", "Infinity", "infty"})
PROSE = frozenset({
    "so", "we", "is", "it", "of", "the", "if", "get", "as", "at", "by", "be", "he", "she", "his", "her",
    "our", "you", "are", "was", "has", "had", "but", "not", "for", "all", "any", "per", "can", "one",
    "two", "no", "yes", "on", "an", "this", "that", "then", "thus", "hence", "with", "from", "will",
    "my", "i'm", "its", "were", "there", "let",
})  # fmt: skip
WORDS = {
    "and": "and",
    "or": "or",
    "to": ":",
    "in": "in",
    "percent": "%",
    "degrees": "degree",
    "degree": "degree",
}
COUNTS = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=",
    "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "pm": "+-", "mp": "-+",
    "cup": "cup", "cap": "cap", "setminus": "setminus", "backslash": "setminus", "in": "in", "lbrace": "{",
    "rbrace": "}", "land": "and", "lor": "or", "wedge": "and", "vee": "or", "colon": ":", "mid": "|", "vert": "|",
    "lvert": "|", "rvert": "|", "langle": "<(", "rangle": ")>", "infty": "oo", "circ": "degree",
    "degree": "degree", "equiv": "=",
}  # fmt: skip
KEPT = frozenset({
    "frac", "dfrac", "tfrac", "cfrac", "sqrt", "over", "choose", "binom", "dbinom", "tbinom", "lfloor",
    "rfloor", "lceil", "rceil", "pi",
})  # fmt: skip

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<text>\x02[^\x03]*\x03)"
    r"|(?P<begin>\\begin\s*\{[a-z]*(?:array|matrix)\}(?:\s*\{[lcr|\s]*\})?)|(?P<end>\\end\s*\{[a-z]*(?:array|matrix)\})"
    r"|(?P<reals>\\mathbb\s*\{?\s*R\s*\}?)|(?P<empty>\\emptyset|\\varnothing|\bEmptySet(?:\(\))?)"
    r"|(?P<row>\\\\)|(?P<brace>\\[{}])|(?P<command>\\[A-Za-z]+)"
    r"|(?P<operator>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^_=<>!%|&,;:(){}\[\]'])"
    r"|(?P<word>[A-Za-z]+(?:\.[A-Za-z]\w*|(?<=log)10|(?<=log)2|(?<=float)64|(?<=int)64)*)"
)
_PLAIN_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_OPERATORS = {"**": "^", "==": "=", "&&": "and", "||": "or"}


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        kind: `number`, `symbol`, `function`, `word`, `text`, `count`, `begin`, `end`, `set` or `op`.
        text: its spelling, canonical for operators.
        spaced: whether white space stood before it.
    """

    kind: str
    text: str
    spaced: bool = False


def tokenize(text: str, *, thousands: bool = True) -> list[Token]:
    """Tokens of `text`, cleaned by `clean.py`.

    Args:
        text: the answer.
        thousands: read `1,234` as one number; otherwise as two items.

    Raises:
        UnreadableError: a character that no answer has.
    """
    tokens: list[Token] = []
    position, spaced = 0, False
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnreadableError(f"unknown character {text[position]!r} at {position}")
        kind = match.lastgroup or ""
        if kind == "number" and not thousands and "," in match.group():
            match = _PLAIN_NUMBER.match(text, position)
            assert match is not None  # a grouped number starts with a plain one
        if kind == "space":
            spaced = True
        else:
            tokens.extend(_classify(kind, match.group(), spaced, tokens))
            spaced = False
        position = match.end()
    return tokens


def _classify(kind: str, text: str, spaced: bool, before: list[Token]) -> list[Token]:
    """The tokens that one match stands for."""
    match kind:
        case "number":
            return [Token("number", text.replace(",", ""), spaced)]
        case "text":
            return _of_text(text[1:-1], spaced)
        case "begin" | "end":
            return [Token(kind, text, spaced)]
        case "reals" | "empty":
            return [Token("set", kind, spaced)]
        case "row":
            return [Token("op", "row", spaced)]
        case "brace":
            return [Token("op", "set" + text[1], spaced)]
        case "command":
            return [_of_command(text[1:], spaced)]
        case "operator":
            return [Token("op", _OPERATORS.get(text, text), spaced)]
        case _:
            return _of_word(text, spaced, before)


def _of_command(name: str, spaced: bool) -> Token:
    if name in COMMANDS:
        return Token("op", COMMANDS[name], spaced)
    if name in FUNCTIONS and name != "sqrt":
        return Token("function", "\\log" if name == "log" else name, spaced)
    if name in KEPT:
        return Token("op", "\\" + name, spaced)
    if name in GREEK:
        return Token("symbol", name, spaced)
    raise UnreadableError(f"unknown command \\{name}")


def _of_text(content: str, spaced: bool) -> list[Token]:
    r"""`\text{…}`: a conjunction, a factor, or words that may be a unit."""
    inner = content.strip().strip(".").lower()
    if inner in WORDS:
        return [Token("op", WORDS[inner], spaced)]
    if inner in COUNTS:
        return [Token("count", inner, spaced)]
    if not inner:
        return []
    return [Token("text", content.strip(), spaced)]


def _of_word(word: str, spaced: bool, before: list[Token]) -> list[Token]:
    """A run of letters: a function, a constant, a conjunction, a product of variables or a word."""
    lower = word.lower()
    if word in CLASSES or word in FUNCTIONS:
        return [Token("function", word, spaced)]
    if word in INFINITIES:
        return [Token("op", "oo", spaced)]
    if word == "pi":
        return [Token("op", "\\pi", spaced)]
    if lower in WORDS:
        return [Token("op", WORDS[lower], spaced)]
    if lower in COUNTS:
        return [Token("count", lower, spaced)]
    if word in GREEK:
        return [Token("symbol", word, spaced)]
    if word == "U" and before and before[-1].text in {")", "]"}:
        return [Token("op", "cup", spaced)]
    if word == "x" and spaced and before and before[-1].kind == "number":
        return [Token("symbol", "x", True)]
    follows_number = bool(before) and before[-1].kind == "number"
    if (
        "." in word
        or len(word) > 3
        or (len(word) > 1 and lower in PROSE)
        or (len(word) > 1 and spaced and follows_number)
    ):
        return [Token("word", word, spaced)]
    return [Token("symbol", letter, spaced and place == 0) for place, letter in enumerate(word)]
