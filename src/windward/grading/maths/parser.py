"""Parse an answer, LaTeX or as Python and sympy print it, into the trees of `nodes.py`.

A hand-written precedence parser over a closed alphabet: no name is looked up, nothing is called, and both the
length and the depth of the text are bounded, so hostile text costs microseconds and does nothing.
"""

from __future__ import annotations

from fractions import Fraction

from windward.grading.maths import nodes
from windward.grading.maths.build import INVERSES, REALS, apply, is_set, literal, matrix, quotient, summands
from windward.grading.maths.nodes import (
    Call,
    Const,
    Marked,
    Node,
    PlusMinus,
    Ratio,
    Seq,
    SetOf,
    Sym,
    UnreadableError,
)
from windward.grading.maths.tokens import COUNTS, PROSE, Token, tokenize

MAX_DEPTH = 60
MAX_TREE_DEPTH = 100
MAX_CHOICES = 4

_RELATIONS = {"=", "<", ">", "<=", ">=", "!=", "in"}
_CLOSING = {"(": {")", "]"}, "[": {")", "]"}, "{": {"}"}, "set{": {"set}"}, "<(": {")>"}}
_STOPS = {")", "]", "}", "set}", ")>", ",", ";", "row", "&"}
_BASES = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
          "eleven": 11, "twelve": 12, "sixteen": 16}  # fmt: skip


def parse(text: str, *, thousands: bool = True) -> Node:
    """The tree of `text` (already cleaned).

    Raises:
        UnreadableError: the text is not an answer that the grammar knows.
    """
    parser = _Parser(tokenize(text, thousands=thousands))
    node = parser.whole()
    if parser.position < len(parser.tokens):
        raise UnreadableError(f"unexpected {parser.tokens[parser.position].text!r}")
    nodes.check_size(node, MAX_TREE_DEPTH, MAX_CHOICES)
    return node


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.bars = 0
        self.in_matrix = False

    # ---- tokens

    def peek(self, ahead: int = 0) -> Token:
        place = self.position + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end of text", "")

    def at(self, *texts: str) -> bool:
        token = self.peek()
        return token.kind == "op" and token.text in texts

    def take(self) -> Token:
        token = self.peek()
        self.position += 1
        return token

    def expect(self, *texts: str) -> Token:
        if not self.at(*texts):
            raise UnreadableError(f"expected {' or '.join(texts)}, found {self.peek().text!r}")
        return self.take()

    # ---- lists and relations

    def whole(self) -> Node:
        """A relation, or a bare list of them separated by commas, `and`, `or`."""
        items, joints = self.items()
        if not items:
            raise UnreadableError("nothing there")
        if len(items) == 1:
            return items[0]
        if joints <= {"or"} and all(is_set(item) for item in items):
            return SetOf("union", tuple(items))
        if joints <= {"and"} and all(is_set(item) for item in items):
            return SetOf("intersection", tuple(items))
        return Seq("", tuple(items), "")

    def items(self) -> tuple[list[Node], set[str]]:
        items: list[Node] = []
        joints: set[str] = set()
        if self.peek().kind == "end of text" or self.at(*_STOPS):
            return items, joints
        items.append(self.relation())
        while self.at(",", ";", "and", "or") or (self.at("&", "|") and not self.bars and not self.in_matrix):
            joint = {"&": "and", "|": "or", ";": ","}.get(self.peek().text, self.peek().text)
            self.take()
            if self.at("and", "or"):
                joint = self.take().text
            if self.at("}", "set}", ")", "]") or self.peek().kind == "end of text":
                break
            joints.add(joint)
            items.append(self.relation())
        return items, joints

    def relation(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError("too deeply nested")
        sides = [self.sets()]
        operators = []
        while self.peek().kind == "op" and self.peek().text in _RELATIONS:
            operators.append(self.take().text)
            sides.append(self.sets())
        self.depth -= 1
        return nodes.Relation(tuple(sides), tuple(operators)) if operators else sides[0]

    def sets(self) -> Node:
        left = self.ratio()
        while self.at("cup", "cap", "setminus"):
            name = {"cup": "union", "cap": "intersection", "setminus": "difference"}[self.take().text]
            right = self.ratio()
            parts = (
                (*left.parts, right)
                if isinstance(left, SetOf) and left.name == name == "union"
                else (left, right)
            )
            left = SetOf(name, parts)
        return left

    def ratio(self) -> Node:
        parts = [self.sum()]
        while self.at(":"):
            self.take()
            parts.append(self.sum())
        return Ratio(tuple(parts)) if len(parts) > 1 else parts[0]

    # ---- arithmetic

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError("too deeply nested")
        node = self.signed()
        while self.at("+", "-", "+-", "-+"):
            sign = self.take().text
            term = self.term()
            if sign in {"+-", "-+"}:
                node = PlusMinus(node, term)
            else:
                node = nodes.add(*summands(node), term if sign == "+" else nodes.negate(term))
        self.depth -= 1
        return node

    def signed(self) -> Node:
        """A term with its signs."""
        if self.at("+-", "-+"):
            self.take()
            return PlusMinus(nodes.number(0), self.term())
        return self.term()

    def term(self) -> Node:
        node = self.factor()
        while True:
            if self.at("*"):
                self.take()
                node = nodes.multiply(node, self.factor())
            elif self.at("/"):
                self.take()
                if self.peek().kind in {"word", "text"}:
                    self.take()
                    continue
                node = nodes.divide(node, self.factor())
            elif self.peek().kind == "count":
                node = nodes.multiply(node, nodes.number(COUNTS[self.take().text]))
            elif self.peek().kind in {"word", "text"} and self.unit():
                continue
            elif self.begins_factor():
                node = self.times(node)
            else:
                return node

    def times(self, node: Node) -> Node:
        """An implicit product, or a mixed number."""
        before = self.position
        follower = self.power()
        if isinstance(node, nodes.Num) and isinstance(follower, nodes.Num) and not node.digits:
            last, spelled = self.tokens[before - 1], self.tokens[before].text
            if (
                spelled in {"\\frac", "\\dfrac", "\\tfrac"}
                and last.kind == "number"
                and 0 < follower.value < 1
            ):
                return nodes.Num(node.value + follower.value)
            if self.tokens[before].kind == "number":
                return self.spaced_mixed(node, follower)
        if (
            isinstance(follower, nodes.Num)
            and self.tokens[before].kind == "number"
            and not isinstance(node, Sym | Const)
        ) and self.tokens[before - 1].kind == "number":
            raise UnreadableError("two numbers side by side")
        return nodes.multiply(node, follower)

    def spaced_mixed(self, whole: nodes.Num, top: nodes.Num) -> Node:
        """`3 1/2`: the rest of it, once `3` and `1` are read."""
        if self.at("/") and self.peek(1).kind == "number":
            self.take()
            bottom = Fraction(self.take().text)
            if bottom > top.value and bottom.denominator == 1 and not top.digits:
                return nodes.Num(whole.value + top.value / bottom)
        raise UnreadableError("two numbers side by side")

    def begins_factor(self) -> bool:
        token = self.peek()
        if token.kind in {"number", "symbol", "function"}:
            return True
        if token.kind == "op" and token.text == "|":
            return not self.bars
        starts = {"(", "[", "{", "oo", "\\frac", "\\dfrac", "\\tfrac", "\\cfrac", "\\sqrt", "\\pi", "\\binom", "\\dbinom",
                  "\\tbinom", "\\lfloor", "\\lceil"}  # fmt: skip
        return token.kind == "op" and token.text in starts

    def unit(self) -> bool:
        """Skips a unit: words, their powers, `per word`, up to a stop or a conjunction."""
        start = self.position
        if self.peek().text.lower() in PROSE - {"per"}:
            raise UnreadableError("a sentence")
        while self.peek().kind in {"word", "text"} or (
            self.position > start and self.peek().kind == "symbol"
        ):
            self.take()
            if self.at("^"):
                self.take()
                self.atom()
            if self.at("/") and self.peek(1).kind in {"word", "text", "symbol"}:
                self.take()
        done = self.peek().kind in {"end of text", "count"} or self.at(
            *_STOPS, *_RELATIONS, "and", "or", "|", ":"
        )
        if not done:
            raise UnreadableError(f"unexpected {self.peek().text!r} after words")
        return True

    def factor(self) -> Node:
        """A power with any signs before it; a sign covers all of a mixed number."""
        negative = False
        while self.at("+", "-"):
            negative ^= self.take().text == "-"
        node = self.power()
        if negative and isinstance(node, nodes.Num) and self.begins_mixed():
            node = self.times(node)
        return nodes.negate(node) if negative else node

    def begins_mixed(self) -> bool:
        r"""Whether a fraction follows directly, as in `-3\frac{8}{9}` and `-3 8/9`."""
        return self.at("\\frac", "\\dfrac", "\\tfrac") or self.peek().kind == "number"

    def power(self) -> Node:
        base = self.postfix()
        if not self.at("^"):
            return base
        self.take()
        if self.at("degree"):
            self.take()
            return self.after_degree(base)
        if self.at("{") and self.peek(1).text == "degree" and self.peek(2).text == "}":
            self.position += 3
            return self.after_degree(base)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError("too deeply nested")
        exponent = self.factor()
        self.depth -= 1
        if self.at("degree"):
            self.take()
            return Marked("degree", nodes.power(base, exponent))
        return nodes.power(base, exponent)

    def after_degree(self, value: Node) -> Node:
        """Drops the `C` or `F` of a temperature."""
        if self.peek().kind == "symbol" and self.peek().text in {"C", "F"}:
            self.take()
        return Marked("degree", value)

    def postfix(self) -> Node:
        node = self.atom()
        while True:
            if self.at("!") and self.peek(1).text != "=":
                self.take()
                node = Call("factorial", (node,))
            elif self.at("%"):
                self.take()
                node = Marked("percent", node)
            elif self.at("degree"):
                self.take()
                node = self.after_degree(node)
            elif self.at("_"):
                node = self.subscript(node)
            else:
                return node

    def subscript(self, node: Node) -> Node:
        """`x_1` is a name; `1011_2` is a number in a base."""
        digits = self.tokens[self.position - 1].text if isinstance(node, nodes.Num) else ""
        if isinstance(node, nodes.Num) and digits == ")":
            digits = self.tokens[self.position - 2].text
        self.take()
        name = self.group_text()
        if isinstance(node, Sym):
            return Sym(f"{node.name}_{name}")
        base = _BASES.get(
            name.lower(), int(name) if name.isascii() and name.isdigit() and len(name) < 3 else 0
        )
        if isinstance(node, nodes.Num) and digits.isdigit() and base > 1:
            return nodes.Based(digits.lstrip("0") or "0", base)
        raise UnreadableError(f"no meaning for a subscript {name!r} here")

    def group_text(self) -> str:
        """The spelling of a subscript: one token, or what the braces hold."""
        if not self.at("{"):
            return self.take().text
        self.take()
        spelled = []
        while not self.at("}"):
            if self.peek().kind == "end of text":
                raise UnreadableError("a brace is not closed")
            spelled.append(self.take().text)
        self.take()
        return "".join(spelled)

    # ---- atoms

    def atom(self) -> Node:
        token = self.take()
        match token.kind:
            case "number":
                return literal(token.text)
            case "symbol":
                return Const(token.text) if token.text in {"i", "e"} else self.named(token)
            case "function":
                return self.call(token.text)
            case "begin":
                return self.matrix()
            case "set":
                return Seq("set{", (), "set}") if token.text == "empty" else REALS
            case "op":
                return self.operator(token.text)
            case _:
                raise UnreadableError(f"unexpected {token.text or token.kind!r}")

    def named(self, token: Token) -> Node:
        if token.text == "I":
            return Const("i")
        if token.text == "C" and self.at("(") and (chosen := self.combinations()) is not None:
            return chosen
        name = token.text
        while self.at("'"):
            self.take()
            name += "'"
        return Sym(name)

    def combinations(self) -> Node | None:
        """`C(10, 3)`, a number of combinations; None when `C` only names a point."""
        before = self.position
        arguments = self.arguments()
        if len(arguments) == 2 and not any(nodes.symbols(arg) for arg in arguments):
            return Call("binomial", tuple(arguments))
        self.position = before
        return None

    def operator(self, text: str) -> Node:
        match text:
            case "oo" | "\\pi":
                return Const(text.strip("\\"))
            case "(" | "[" | "{" | "set{" | "<(":
                return self.bracketed(text)
            case "\\frac" | "\\dfrac" | "\\tfrac" | "\\cfrac":
                return self.fraction()
            case "\\sqrt":
                return self.root()
            case "\\binom" | "\\dbinom" | "\\tbinom":
                return Call("binomial", (self.argument(), self.argument()))
            case "|":
                return self.absolute()
            case "\\lfloor" | "\\lceil":
                inner = self.sum()
                self.expect("\\rfloor" if text == "\\lfloor" else "\\rceil")
                return Call("floor" if text == "\\lfloor" else "ceil", (inner,))
            case _:
                raise UnreadableError(f"unexpected {text!r}")

    def bracketed(self, opening: str) -> Node:
        outer, self.bars = self.bars, 0
        items, _ = self.items()
        self.bars = outer
        if opening in {"{", "set{"} and (self.at("|", ":") or _begins_with_ratio(items)):
            return self.set_builder(items)
        if opening in {"{"} and self.at("\\over", "\\choose") and len(items) == 1:
            name = "div" if self.take().text == "\\over" else "binomial"
            below = self.sum()
            self.expect("}")
            return Call(name, (items[0], below))
        closing = self.expect(*_CLOSING[opening]).text
        if len(items) == 1 and (opening in {"(", "{"} and closing in {")", "}"}):
            return items[0]
        if len(items) == 1 and opening == "[" and closing == "]" and not isinstance(items[0], Seq):
            return items[0]
        if opening == "[" and items and all(isinstance(item, Seq) and item.opening == "[" for item in items):
            return matrix([list(nodes.children(item)) for item in items])
        if not items and opening == "[":
            return Seq("[", (), "]")
        if opening == "{":
            return Seq("set{", tuple(items), "set}")
        return Seq(opening, tuple(items), closing)

    def set_builder(self, items: list[Node]) -> Node:
        """`{x | x > 3}` is its condition."""
        if len(items) == 1 and isinstance(items[0], nodes.Relation) and isinstance(items[0].sides[0], Ratio):
            first = items[0]
            condition: Node = nodes.Relation((first.sides[0].parts[-1], *first.sides[1:]), first.operators)  # type: ignore[union-attr]
        elif self.at("|", ":"):
            self.take()
            condition = self.relation()
        else:
            raise UnreadableError("a set that cannot be read")
        self.expect("}", "set}")
        return condition

    def fraction(self) -> Node:
        return quotient(self.digit_or_argument(), self.digit_or_argument())

    def digit_or_argument(self) -> Node:
        r"""An argument of `\frac`; of bare digits TeX takes one, as in `\frac12`."""
        token = self.peek()
        if token.kind == "number" and len(token.text) > 1:
            self.tokens[self.position : self.position + 1] = [
                Token("number", token.text[0], token.spaced),
                Token("number", token.text[1:]),
            ]
        return self.argument()

    def argument(self) -> Node:
        """What a command is applied to: a group, or one atom."""
        if self.at("-"):
            self.take()
            return nodes.negate(self.atom())
        return self.atom()

    def root(self) -> Node:
        index: Node = nodes.number(2)
        if self.at("["):
            self.take()
            index = self.sum()
            self.expect("]")
        return Call("root", (self.argument(), index))

    def absolute(self) -> Node:
        self.bars += 1
        inner = self.sum()
        self.expect("|")
        self.bars -= 1
        return Call("abs", (inner,))

    def matrix(self) -> Node:
        rows: list[list[Node]] = [[]]
        outer, self.in_matrix = self.in_matrix, True
        while self.peek().kind != "end":
            if self.at("row"):
                self.take()
                rows.append([])
            elif self.at("&"):
                self.take()
            elif self.peek().kind == "end of text":
                raise UnreadableError("a matrix is not closed")
            else:
                rows[-1].append(self.relation())
        self.take()
        self.in_matrix = outer
        return matrix([row for row in rows if row])

    # ---- functions

    def call(self, name: str) -> Node:
        if name == "math.pi" or name == "np.pi":
            return Const("pi")
        exponent: Node | None = None
        base: Node | None = None
        while self.at("^", "_"):
            if self.take().text == "^":
                exponent = self.argument()
            else:
                base = self.argument()
        if self.at("set{") and name in {"gcd", "lcm", "max", "min"}:
            arguments = list(nodes.children(self.atom()))
        elif name in {"gcd", "lcm", "max", "min"} or self.at("("):
            arguments = self.arguments()
        else:
            arguments = [self.bare_argument()]
        node = apply(name, arguments, base)
        if exponent is None:
            return node
        if exponent == nodes.number(-1) and name in INVERSES:
            return Call(INVERSES[name], tuple(arguments))
        return nodes.power(node, exponent)

    def arguments(self) -> list[Node]:
        """The bracketed arguments of a call."""
        self.expect("(")
        outer, self.bars = self.bars, 0
        items, _ = self.items()
        self.expect(")")
        self.bars = outer
        return items

    def bare_argument(self) -> Node:
        r"""The argument of `\sin 2x`: factors up to a sign, a bracket or another function."""
        node = self.power()
        while self.begins_factor() and self.peek().kind != "function" and not self.at("(", "[", "|"):
            node = self.times(node)
        if self.at("/") and not self.tokens[self.position].spaced:
            self.take()
            node = nodes.divide(node, self.power())
        return node


def _begins_with_ratio(items: list[Node]) -> bool:
    """Whether a set reads `{x : …`."""
    first = items[0] if len(items) == 1 else None
    return isinstance(first, nodes.Relation) and isinstance(first.sides[0], Ratio)
