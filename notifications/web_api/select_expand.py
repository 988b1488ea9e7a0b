"""The query options $select and $expand."""

from collections.abc import Mapping

from notifications.web_api.errors import bad_query

LONGEST = 2000


def names(text: str) -> list[str]:
    """Return the names in a $select; none for `*` and an empty text, which mean all."""
    found = [name.strip() for name in text.split(",")]
    return [] if found in ([""], ["*"]) else found


def parse_expand(text: str) -> dict[str, Mapping[str, str]]:
    """Return each name of a $expand with its own options, for example `OptionSet($select=Options)`; raises 400."""
    if len(text) > LONGEST:
        raise bad_query(f"$expand allows {LONGEST} characters; it got {len(text)}.")
    found: dict[str, Mapping[str, str]] = {}
    for item in _split(text, ","):
        name, opened, rest = item.strip().partition("(")
        if not name or (opened and not rest.endswith(")")):
            raise bad_query(f"$expand cannot read '{item[:60]}'.")
        found[name.strip()] = _options(rest[:-1]) if opened else {}
    return found


def _options(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in _split(text, ";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark outside parentheses and quotes; raises 400 if those do not match."""
    parts, depth, is_quoted, start = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == mark and depth == 0:
            parts.append(text[start:at])
            start = at + 1
        if depth < 0:
            break
    if depth or is_quoted:
        raise bad_query("$expand has parentheses or quotes that do not match.")
    return [*parts, text[start:]]
