"""The markdown subset of Dynamics 365, and nothing else: what becomes markup and what never does."""

import re
from contextlib import suppress
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.inapp.errors import InvalidParameter
from notifications.inapp.markdown import DEEPEST_LIST, TAGS, body_html, plain, title_html
from tests.cpu import least_cpu_seconds


def body(markdown: str) -> str:
    return str(body_html(markdown, parameter="Body"))


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("**Bold**", "<p><strong>Bold</strong></p>"),
        ("_Italic_", "<p><em>Italic</em></p>"),
        ("- Item 1\r- Item 2\r- Item 3", "<ul><li>Item 1</li><li>Item 2</li><li>Item 3</li></ul>"),
        ("1. Green\r2. Orange\r3. Blue", "<ol><li>Green</li><li>Orange</li><li>Blue</li></ol>"),
        ("[Title](https://example.com/)", '<p><a href="https://example.com/" rel="noopener noreferrer">Title</a></p>'),
        ("One\n\n\n\nTwo", "<p>One</p><p>Two</p>"),
        ("One\nTwo", "<p>One<br>Two</p>"),
        ("0. Zero\r1. One", '<ol start="0"><li>Zero</li><li>One</li></ol>'),
        ("5. Five\r6. Six", '<ol start="5"><li>Five</li><li>Six</li></ol>'),
        ('_"**[@Paul](?pagetype=entityrecord&etn=contact&id=1)** now"_', None),
    ],
)
def test_the_documented_markdown(markdown: str, html: str | None) -> None:
    made = body(markdown)
    if html is None:
        assert made.startswith('<p><em>"<strong><a href="/notifications/open?pagetype=entityrecord&amp;etn=contact')
    else:
        assert made == html


@pytest.mark.parametrize(
    "text",
    [
        "*not italic*",
        "__not bold__",
        "# no heading",
        "> no quote",
        "`no code`",
        "* no item",
        "+ no item",
        "1) no item",
        "![no image](https://example.com/i.png)",
        "<b>no html</b>",
        "<script>alert(1)</script>",
        "~~no strike~~",
        "&amp; &lt;",
        r"\*\*",
        "---",
        "https://example.com/",
        "<https://example.com/>",
        "[no reference][1]",
    ],
)
def test_everything_else_stays_what_was_typed(text: str) -> None:
    made = body(text)
    shown = unescape(re.sub(r"<[^>]+>", "", made))
    assert shown == text or ("image" in text and shown == "!no image")
    assert set(re.findall(r"<(\w+)", made)) <= {"p", "a"}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://example.com/x",
        "intent:x",
        "file:///etc/passwd",
        "//evil.example",
        "/\\evil.example",
        "https://user:pw@evil.example/",
        "https:evil.example",
        "mailto:",
        "&#106;avascript:alert(1)",
        "?pagetype=other&etn=account",
        "",
        "relative/path",
    ],
)
def test_a_link_that_may_not_be_is_no_link(url: str) -> None:
    assert "<a" not in body(f"[x]({url})")
    assert "<a" not in body(f"[x](<{url}>)")
    assert "<a" not in str(title_html(f"[x]({url})"))


@pytest.mark.parametrize(
    "text", ["[](https://example.com/)", "[ ](https://example.com/)", "[](?pagetype=entitylist&etn=x)"]
)
def test_a_link_without_words_that_nobody_could_see_or_hear_stays_what_was_typed(text: str) -> None:
    for made in (body(text), str(title_html(text))):
        assert "<a" not in made
        assert unescape(re.sub(r"<[^>]+>", "", made)) == text


@pytest.mark.parametrize("depth", [DEEPEST_LIST, DEEPEST_LIST + 1, 60, 2000])
def test_lists_are_refused_beyond_the_eighth_level_and_never_cut_off(depth: int) -> None:
    markdown = "- " * depth + "x"
    if depth <= DEEPEST_LIST:
        assert body(markdown).count("<ul>") == depth
        assert "x" in body(markdown)
    else:
        with pytest.raises(InvalidParameter, match="deeper than 8"):
            body(markdown)


#: What a parser may stumble over when there are 5,000 characters of it; tests/browser lays each out, too.
PIECES = ["[", "](", "[x](", "**", "_", "*_", "- ", "1. ", "[[x]](y)", "<", "![", "_*_**", "\r- ", "[x](https://a/)"]


@pytest.mark.parametrize("piece", PIECES)
def test_five_thousand_hostile_characters_are_quick(piece: str) -> None:
    text = (piece * 5000)[:5000]

    def both() -> None:
        for render in (body, title_html):
            with suppress(InvalidParameter):  # too deep is an answer, too
                render(text)

    assert least_cpu_seconds(both, enough=0.5) < 0.5  # both together; each has 250 ms


def test_a_round_bracket_at_the_start_makes_no_link_of_brackets_that_nothing_closes() -> None:
    text = "(" + "[" * 4999
    assert body(text) == f"<p>{text}</p>"
    assert least_cpu_seconds(lambda: body(text)) < 0.1  # it is 5 ms; looked for by the parser itself, 180


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="*_-[]()<>\"'`#!1.\\ \r\nabjs:/?&;=", max_size=80))
def test_whatever_comes_in_only_our_tags_come_out(text: str) -> None:
    try:
        made = body(text)
    except InvalidParameter:
        return
    for tag, attributes in re.findall(r"<(\w+)([^>]*)>", made):
        assert tag in TAGS
        assert set(re.findall(r" ([\w-]+)=", attributes)) <= {"href", "target", "data-target", "rel", "start"}


@pytest.mark.parametrize(
    ("target", "marks"), [("inline", ""), ("newWindow", ' target="_blank"'), ("dialog", ' data-target="dialog"')]
)
def test_a_link_opens_where_the_sender_says(target: str, marks: str) -> None:
    made = f'<a href="/admin/"{marks}>x</a>'
    assert str(body_html("[x](/admin/)", parameter="Body", target=target)) == f"<p>{made}</p>"
    assert str(title_html("[x](/admin/)", target=target)) == made


@pytest.mark.parametrize(("length", "is_link"), [(2000, True), (2001, False)])
def test_an_address_has_a_longest(length: int, is_link: bool) -> None:
    url = "https://a.example/"
    assert ("<a" in body(f"[x]({url}{'x' * (length - len(url))})")) == is_link


def test_plain_text_is_never_markup() -> None:
    assert plain("**a** <b>\r\n[x](y)") == "**a** &lt;b&gt;<br>[x](y)"
