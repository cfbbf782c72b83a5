"""The FHIRPath parser: trees by the standard's precedence, errors that point at the character."""

from decimal import Decimal

import pytest

from kangyu.engines.fhir.fhirpath import Binary, Call, Index, Literal, Member, PathError, Sign, This, Variable, parse


def m(*names):
    node = None
    for name in names:
        node = Member(node, name)
    return node


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("name.family", m("name", "family")),
        ("name[0].family", Member(Index(m("name"), Literal(0, "integer")), "family")),
        ("$this", This()),
        ("%`a b`", Variable("a b")),
        ("`div`.contains", Member(m("div"), "contains")),
        ("x.ofType(Quantity).value", Member(Call(m("x"), "ofType", (m("Quantity"),)), "value")),
        ("'it\\'s \\u4e2d'", Literal("it's 中", "string")),
        ("140.50", Literal(Decimal("140.50"), "decimal")),
        ("@2024-02", Literal("2024-02", "date")),
        ("@2024-02-03T08:00:00+08:00", Literal("2024-02-03T08:00:00+08:00", "dateTime")),
        ("@T08:00", Literal("08:00", "time")),
        ("{}", Literal(None, "empty")),
        ("-a", Sign("-", m("a"))),
        ("a or b and c", Binary("or", m("a"), Binary("and", m("b"), m("c")))),
        ("a = b + c * d", Binary("=", m("a"), Binary("+", m("b"), Binary("*", m("c"), m("d"))))),
        ("a - b - c", Binary("-", Binary("-", m("a"), m("b")), m("c"))),
        ("(a or b) and c", Binary("and", Binary("or", m("a"), m("b")), m("c"))),
        ("a /* all */ = b // rest", Binary("=", m("a"), m("b"))),
        ("value as Quantity", Binary("as", m("value"), m("Quantity"))),
    ],
)
def test_text_becomes_its_tree(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "place"),
    [("@@", 1), ("a.", 3), ("a b", 3), ("a[", 3), ("a[0", 4), ("f(a,", 5), ("a = ", 5), ("'open", 1), ("a ? b", 3), ("$index", 1)],
)
def test_error_points_at_the_character(text, place):
    with pytest.raises(PathError, match=f"第 {place} 个字符处"):
        parse(text)


@pytest.mark.parametrize("text", ["", "  ", 1, None])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(PathError, match="不能为空"):
        parse(text)


def test_deep_nesting_is_refused_not_crashed_on():
    with pytest.raises(PathError, match="嵌套过深"):
        parse("(" * 5000 + "a" + ")" * 5000)
