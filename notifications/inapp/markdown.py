r"""Title and body of an app notification: plain text, or the markdown subset that Dynamics 365 documents.

`**Bold**`, `_Italic_`, `- ` bullet lists, `1. ` numbered lists, `[Title](url)`; "\r" separates list items as well as
"\n" does, and an empty line begins a paragraph. Nothing else becomes markup: other special
characters of markdown stand for themselves.
"""

import re
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.list import list_block
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from notifications.inapp.errors import InvalidParameter
from notifications.inapp.links import href, is_own

#: The parser would silently cut off deeper lists at its own limit; they are refused instead.
DEEPEST_LIST = 8
TAGS = {"p", "strong", "em", "ul", "ol", "li", "a", "br"}
BRACKETS = re.compile(r"[\[\]]")


def _list(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read `- ` and `1. ` as lists, and leave markdown's other markers (`*`, `+`, `1)`) as text."""
    line = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]]
    numbered = line.lstrip("0123456789")
    if not (line.startswith("-") or (numbered != line and numbered.startswith("."))):
        return False
    return list_block(state, start_line, end_line, silent)


def _link_rule(state: StateInline, silent: bool) -> bool:
    """Let the parser search for a link only where the brackets allow one; its own search is quadratic in brackets."""
    if state.src[state.pos] != "[":
        return False
    known = state.env.get("closing")
    if known is None or known[0] is not state.src:
        known = state.env["closing"] = (state.src, _closing_brackets(state.src))
    at = known[1].get(state.pos, -1)
    return state.src[at + 1 : at + 2] == "(" and at > 0 and link(state, silent)


def _closing_brackets(text: str) -> dict[int, int]:
    """Return for each opening bracket the position of the one that closes it."""
    opened, found = [], {}
    for match in BRACKETS.finditer(text):
        if match[0] == "[":
            opened.append(match.start())
        elif opened:
            found[opened.pop()] = match.start()
    return found


def _parser() -> MarkdownIt:
    # "zero" has text and paragraphs only. The limit is far above DEEPEST_LIST, so that body_html refuses first.
    parser = MarkdownIt("zero", {"maxNesting": 100}).enable(["list", "emphasis", "link", "newline"])
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.at("link", _link_rule)
    parser.validateLink = lambda url: href(url) is not None  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    return parser


# Building one costs more than using one.
_PARSER = _parser()


def plain(text: str) -> SafeString:
    """Return plain text as HTML; line breaks stay line breaks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return mark_safe("<br>".join(escape(line) for line in lines))  # noqa: S308  (each line is escaped)


def title_html(markdown: str, *, target: str = "inline") -> SafeString:
    """Return an overridden title as HTML on one line: bold, italic and links."""
    tokens = _PARSER.parseInline(" ".join(markdown.split()), {})
    return _clean("".join(_inline(token.children or [], target) for token in tokens))


def body_html(markdown: str, *, parameter: str, target: str = "inline") -> SafeString:
    """Return an overridden body as HTML; raises InvalidParameter for lists nested deeper than eight."""
    tokens = _PARSER.parse(markdown)
    if _list_depth(tokens) > DEEPEST_LIST:
        raise InvalidParameter(parameter, f"nests lists deeper than {DEEPEST_LIST} levels.")
    return _clean("".join(_block(token, target) for token in tokens))


def _list_depth(tokens: Sequence[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
            deepest = max(deepest, depth)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
    return deepest


def _block(token: Token, target: str) -> str:
    if token.type == "inline":
        return _inline(token.children or [], target)
    if token.hidden:
        return ""  # the paragraphs of a tight list's items
    if token.type == "ordered_list_open" and "start" in token.attrs:
        return f'<ol start="{int(token.attrs["start"])}">'
    return f"<{'/' if token.nesting < 0 else ''}{token.tag}>" if token.tag in TAGS else escape(token.content)


def _inline(tokens: Sequence[Token], target: str) -> str:
    made, closing = [], ""
    for at, token in enumerate(tokens):
        if token.type == "link_open":
            url = str(token.attrs["href"])
            # A link without an address or without a visible text stays as it was typed.
            is_link = bool(url) and _has_text(tokens, at)
            made.append(_link(url, target) if is_link else "[")
            closing = "</a>" if is_link else f"]({escape(url)})"
        else:
            made.append(closing if token.type == "link_close" else _inline_one(token))
    return "".join(made)


def _has_text(tokens: Sequence[Token], opened: int) -> bool:
    """Tell whether a link has a visible text."""
    inside = takewhile(lambda token: token.type != "link_close", islice(tokens, opened, None))
    return any(token.content.strip() for token in inside)


def _inline_one(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "<br>"
    if token.type.startswith(("strong", "em")):
        # Dynamics 365 documents only ** and _; the parser's other markers stay as they were typed.
        is_ours = token.markup in ("**", "_")
        return f"<{'/' if token.nesting < 0 else ''}{token.tag}>" if is_ours else escape(token.markup)
    return escape(token.content)


def _link(url: str, target: str) -> str:
    address = href(url) or ""
    outside = not is_own(address)
    marks: dict[str, Any] = {"href": address}
    if target == "newWindow":
        marks |= {"target": "_blank"}
    elif target == "dialog":
        marks |= {"data-target": "dialog"}
    if outside:
        marks |= {"rel": "noopener noreferrer"}
    return "<a " + " ".join(f'{name}="{escape(value)}"' for name, value in marks.items()) + ">"


def _clean(html: str) -> SafeString:
    """Clean rendered HTML with a second, independent filter."""
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "target", "data-target", "rel"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(clean)  # noqa: S308  (nh3 has just cleaned it)
