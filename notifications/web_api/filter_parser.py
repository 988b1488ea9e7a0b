"""Parses a $filter into a tree of expressions, checked against the columns; an error names the position.

eq ne gt ge lt le in, and or not, parentheses, contains startswith endswith, null,
Microsoft.Dynamics.CRM.In / NotIn (Dataverse's own spelling of `in`), parameter aliases (@p1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from notifications.web_api.errors import bad_query
from notifications.web_api.filter_tokens import Token, checked, literal, problem, tokens, unquoted
from notifications.web_api.tables import EdmType, TableColumn

LONGEST, DEEPEST, MOST_TERMS, MOST_VALUES = 32_000, 40, 200, 500
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("contains", "startswith", "endswith")
CASES = ("tolower", "toupper")
_TURNED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_IN = {"Microsoft.Dynamics.CRM.In": False, "Microsoft.Dynamics.CRM.NotIn": True}


@dataclass(frozen=True)
class Comparison:
    """A column compared with a value of its type, or None for null."""

    column: TableColumn
    operator: str
    value: Any


@dataclass(frozen=True)
class InList:
    """A column whose value is one of these."""

    column: TableColumn
    values: tuple[Any, ...]


@dataclass(frozen=True)
class TextFunction:
    """A text column that contains, starts with or ends with a text."""

    function: str
    column: TableColumn
    value: str


@dataclass(frozen=True)
class Negation:
    """`not`."""

    operand: "Expression"


@dataclass(frozen=True)
class AndOr:
    """Expressions joined by `and` or by `or`."""

    connector: str
    operands: "tuple[Expression, ...]"


Expression = Comparison | InList | TextFunction | Negation | AndOr


def parse(text: str, columns: Mapping[str, TableColumn], aliases: Mapping[str, str] | None = None) -> Expression:
    """Return the tree of a $filter; raises 400. `aliases` are the query's options that begin with @."""
    if len(text) > LONGEST:
        raise bad_query(f"$filter allows {LONGEST} characters; it got {len(text)}.")
    return _Parser(text, columns, aliases or {}).whole()


class _Parser:
    """Recursive descent with a limit on the depth."""

    def __init__(self, text: str, columns: Mapping[str, TableColumn], aliases: Mapping[str, str]) -> None:
        self._tokens = tokens(text)
        self._at = self._depth = self._terms = 0
        self._columns, self._aliases = columns, aliases

    def whole(self) -> Expression:
        node = self._either()
        if self._now.kind != "end":
            self._fail("expects the end, 'and' or 'or'")
        return node

    # --- Walking ----------------------------------------------------------------------------------------------------
    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._now
        self._at += token.kind != "end"
        return token

    def _is(self, *texts: str) -> bool:
        return self._now.kind in ("name", "mark") and self._now.text in texts

    def _expect(self, text: str) -> None:
        if not self._is(text):
            self._fail(f"expects '{text}'")
        self._take()

    def _fail(self, message: str) -> NoReturn:
        raise problem(message, self._now)

    # --- Grammar ----------------------------------------------------------------------------------------------------
    def _either(self) -> Expression:
        return self._joined("or", self._both)

    def _both(self) -> Expression:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Any) -> Expression:
        nodes = [part()]
        while self._is(word):
            self._take()
            nodes.append(part())
        return nodes[0] if len(nodes) == 1 else AndOr(word, tuple(nodes))

    def _one(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"allows {DEEPEST} levels of parentheses and 'not'")
        try:
            if self._is("not"):
                self._take()
                return Negation(self._one())
            if self._is("("):
                self._take()
                node = self._either()
                self._expect(")")
                return node
            return self._term()
        finally:
            self._depth -= 1

    def _term(self) -> Expression:
        self._terms += 1
        if self._terms > MOST_TERMS:
            self._fail(f"allows {MOST_TERMS} conditions")
        if self._is(*FUNCTIONS):
            return self._compared_with_true(self._function())
        if self._is(*_IN):
            return self._compared_with_true(self._dataverse_in())
        return self._comparison()

    def _function(self) -> Expression:
        name = self._take().text
        self._expect("(")
        column = self._column()
        if column.edm_type is not EdmType.STRING:
            raise bad_query(f"{name} in $filter takes a text column; '{column.name}' is {column.edm_type.value}.")
        self._expect(",")
        value = self._value(column)
        if value is None:
            self._fail(f"expects a text in {name}")
        self._expect(")")
        return TextFunction(name, column, value)

    def _compared_with_true(self, node: Expression) -> Expression:
        """Read `contains(…) eq true`, which some clients write."""
        if not self._is("eq", "ne"):
            return node
        is_equal = self._take().text == "eq"
        if not self._is("true", "false"):
            self._fail("expects true or false")
        return node if (self._take().text == "true") is is_equal else Negation(node)

    def _dataverse_in(self) -> Expression:
        is_not = _IN[self._take().text]
        for mark in ("(", "PropertyName", "="):
            self._expect(mark)
        token = self._take()
        column = self._named(token.text.strip("'\""), token)
        for mark in (",", "PropertyValues", "=", "["):
            self._expect(mark)
        values = [self._loose_value(column)]
        while self._is(","):
            self._take()
            values.append(self._loose_value(column))
        self._expect("]")
        self._expect(")")
        node = self._one_of(column, values)
        return Negation(node) if is_not else node

    def _comparison(self) -> Expression:
        if self._now.kind != "name" or self._is("null", "true", "false"):
            return self._turned_comparison()
        column = self._column()
        if self._is("in"):
            self._take()
            return self._list(column)
        if not self._is(*COMPARISONS):
            self._fail("expects one of eq, ne, gt, ge, lt, le, in")
        operator = self._take().text
        return self._compare(column, operator, self._value(column))

    def _turned_comparison(self) -> Expression:
        """Read a comparison that begins with the value: `5 lt priority`."""
        if self._now.kind not in ("text", "guid", "date", "number", "alias", "name"):
            self._fail("expects a condition")
        at_value = self._at
        self._take()
        if not self._is(*COMPARISONS):
            self._fail("expects one of eq, ne, gt, ge, lt, le")
        operator = self._take().text
        column = self._column()
        after, self._at = self._at, at_value
        value = self._value(column)
        self._at = after
        return self._compare(column, _TURNED.get(operator, operator), value)

    def _compare(self, column: TableColumn, operator: str, value: Any) -> Expression:
        is_ordered = operator not in ("eq", "ne")
        if is_ordered and (value is None or column.edm_type in (EdmType.GUID, EdmType.BOOLEAN)):
            what = "null" if value is None else f"'{column.name}', which is {column.edm_type.value}"
            raise bad_query(f"$filter compares {what} with eq and ne only, not with {operator}.")
        return Comparison(column, operator, value)

    def _list(self, column: TableColumn) -> Expression:
        self._expect("(")
        values = [self._value(column)]
        while self._is(","):
            self._take()
            values.append(self._value(column))
        self._expect(")")
        return self._one_of(column, values)

    def _one_of(self, column: TableColumn, values: list[Any]) -> Expression:
        self._terms += len(values)
        if len(values) > MOST_VALUES or (column.edm_type is EdmType.STRING and self._terms > MOST_TERMS):
            self._fail(f"allows {MOST_VALUES} values in a list, {MOST_TERMS} of them texts")
        return InList(column, tuple(values))

    # --- Columns and values -----------------------------------------------------------------------------------------
    def _column(self) -> TableColumn:
        if self._is(*CASES):
            # Comparing texts ignores case, so these change nothing.
            self._take()
            self._expect("(")
            column = self._column()
            self._expect(")")
            return column
        token = self._take()
        if token.kind != "name":
            raise problem("expects a column", token)
        if self._is("("):
            known = ", ".join((*FUNCTIONS, *CASES, *_IN))
            raise problem(f"knows the functions {known}; '{token.text[:60]}' is none of them", token)
        return self._named(token.text, token)

    def _named(self, name: str, token: Token) -> TableColumn:
        column = self._columns.get(name)
        if column is None:
            known = ", ".join(sorted({one.name for one in self._columns.values()}))
            raise problem(f"names a column '{name[:60]}' that does not exist; there are {known}", token)
        return column

    def _value(self, column: TableColumn) -> Any:
        token = self._take()
        if token.kind == "alias":
            if token.text not in self._aliases:
                raise problem(f"names the parameter {token.text[:30]}, which the address does not give", token)
            (token, *rest) = tokens(self._aliases[token.text])
            if [one.kind for one in rest] != ["end"]:
                raise problem("takes one value for a parameter", token)
        return literal(column, token)

    def _loose_value(self, column: TableColumn) -> Any:
        """Return a value in single, double or no quotes, as PropertyValues takes it."""
        token = self._take()
        text = unquoted(token) if token.kind in ("text", "quoted") else token.text
        if column.edm_type is EdmType.STRING:
            return checked(text, token)
        (inner, *rest) = tokens(text)
        if [one.kind for one in rest] != ["end"]:
            raise problem(f"takes one value of '{column.name}' at a time", token)
        return literal(column, inner)
