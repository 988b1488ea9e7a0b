"""What is wrong with words that somebody is about to save."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fsportal.lib.text import HARMFUL, LINE_BREAKS, plain
from notifications.customers.kinds import MessageKind
from notifications.customers.wording.common import IN_TEXT, PART
from notifications.customers.wording.own_words import SECRETS
from notifications.customers.wording.placeholders import FIELDS, MARK, OWN_LINK, Placeholder, names_in
from notifications.models import TemplateVersion

#: Something in square brackets, or a name in the brackets of other programs: {{ when }}, {when}, %(when)s.
BRACKETED = re.compile(r"\[([^\[\]\n]{1,40})\]|\{\{?\s*(\w{1,30})\s*\}\}?|%\((\w{1,30})\)s?")
#: A name whose bracket does not end.
UNCLOSED = re.compile(r"\[([a-z_]{1,30})(?![a-z_])(?![^\[\]\n]*\])")
#: What begins like a link.
LINK = re.compile(r"(?<![\w.+-])(?:[a-zA-Z][\w.+-]{0,20}://|https?:)\S*")
#: What ends a sentence or a bracket, not the link before it.
AFTER_LINK = re.compile(r"""[.,;:!?)}>"'»“”’…]+$""")
#: What cannot be put into a link: secrets, other links, and whole texts.
WHOLE = (*SECRETS, "survey", PART)
WEB = URLValidator(schemes=["http", "https"])


def cleaned(field: str, text: str) -> str:
    """Return words as they are stored: without what would not be sent, such as invisible characters."""
    text = plain(text)
    lines = [line.rstrip() for line in text.split("\n")]
    return "\n".join(lines).strip() if field in IN_TEXT else " ".join(text.split())


def problems(kind: MessageKind, words: Mapping[str, str], *, is_part: bool = False) -> dict[str, list[str]]:
    """Return what is wrong with the words of some fields of a TemplateVersion, as sentences, by field.

    Empty fields are right: they stand for the built-in words. `is_part` is said of the part of a service.
    """
    fields = IN_TEXT if is_part else FIELDS
    found = {field: _problems(kind, field, words.get(field, ""), is_part=is_part) for field in fields}
    listed = {field: list(dict.fromkeys(sentences)) for field, sentences in found.items()}
    return {field: sentences for field, sentences in listed.items() if sentences}


def allowed(kind: MessageKind, field: str, *, is_part: bool = False) -> list[Placeholder]:
    """Return the placeholders that may stand in a field."""
    known = [one for one in kind.placeholders if field in one.fields]
    return [one for one in known if not is_part or one.name != PART]


def _problems(kind: MessageKind, field: str, text: str, *, is_part: bool) -> Iterator[str]:
    if not text.strip():
        return
    known = [one.name for one in allowed(kind, field, is_part=is_part)]
    yield from _of_length(field, text)
    yield from _of_characters(field, text)
    yield from _of_names(text, known, {one.name for one in kind.placeholders})
    yield from _of_mistyped_names(text, known)
    yield from _of_links(field, text)
    if not is_part:
        for name in kind.required.get(field, ()):
            if name not in names_in(text):
                yield _("Without [%(name)s] the message is of no use: name it here.") % {"name": name}


def _of_length(field: str, text: str) -> Iterator[str]:
    most = {one.name: one.max_length for one in TemplateVersion._meta.concrete_fields}[field]
    if most is not None and len(text) > most:
        words = ngettext(
            "This is %(length)d characters long, and at most %(most)d character is possible.",
            "This is %(length)d characters long, and at most %(most)d characters are possible.",
            most,
        )
        yield words % {"length": len(text), "most": most}


def _of_characters(field: str, text: str) -> Iterator[str]:
    breaks = LINE_BREAKS.search(text)
    if field not in IN_TEXT and breaks:
        yield _("This must be one line.")
    harmful = next(HARMFUL.finditer(text), None)
    if harmful is not None:
        name = unicodedata.name(harmful[0], f"U+{ord(harmful[0]):04X}").lower()
        line = len(LINE_BREAKS.findall(text[: harmful.start()])) + 1
        yield _("Line %(line)d has an invisible character (%(name)s). Type its words again.") % {
            "line": line,
            "name": name,
        }


def _of_names(text: str, known: Collection[str], elsewhere: Collection[str]) -> Iterator[str]:
    for name in names_in(text):
        if name in known:
            continue
        if name in elsewhere:
            yield _("[%(name)s] cannot stand here.") % {"name": name}
        elif near := _nearest(name, known):
            yield _("There is no [%(name)s] here. Do you mean [%(near)s]?") % {"name": name, "near": near}
        else:
            yield _("There is no [%(name)s] here. Take a name from the list, or write [[%(name)s] for the words.") % {
                "name": name
            }


def _of_mistyped_names(text: str, known: Collection[str]) -> Iterator[str]:
    """Tell of brackets that somebody may have meant as a placeholder, and that would go out as they are."""
    rest = MARK.sub("\n", text)
    for found in BRACKETED.finditer(rest):
        inner = next(filter(None, found.groups()))
        name = re.sub(r"[\s-]+", "_", inner.strip().lower())
        # Words in brackets are fine; names in other programs' brackets are only looked at if they are ours.
        near = _nearest(name, known) if found[1] else (name if name in known else "")
        if near:
            yield _("“%(text)s” would go out as it is. Do you mean [%(near)s]?") % {"text": found[0], "near": near}
    for found in UNCLOSED.finditer(rest):
        if found[1] in known:
            yield _("The bracket of “%(text)s” does not end. Do you mean [%(near)s]?") % {
                "text": found[0],
                "near": found[1],
            }


def _nearest(name: str, known: Collection[str]) -> str:
    return next(iter(get_close_matches(name, known, n=1, cutoff=0.75)), "")


def _of_links(field: str, text: str) -> Iterator[str]:
    for found in LINK.finditer(text):
        link = AFTER_LINK.sub("", found[0])
        if not (OWN_LINK.match(link) and _is_link(link)):
            yield _("“%(link)s” is not a link: it must begin with https:// and a host name.") % {"link": link}
        elif field == "sms" and not link.isascii():
            yield _("In text messages “%(link)s” would break. Write %(encoded)s instead.") % {
                "link": link,
                "encoded": _encoded(link),
            }
        else:
            yield from _of_placeholders_in(link)


def _is_link(link: str) -> bool:
    """Tell whether it leads somewhere. Placeholders may stand behind the host."""
    try:
        host = urlsplit(link).netloc
        WEB(MARK.sub("x", link))
    except (ValueError, ValidationError):
        return False
    return not MARK.search(host)


def _encoded(link: str) -> str:
    parts = urlsplit(link)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    return str(iri_to_uri(parts._replace(netloc=host).geturl()))


def _of_placeholders_in(link: str) -> Iterator[str]:
    for name in names_in(link):
        if name in WHOLE:
            yield _("[%(name)s] cannot be part of a link: others would read it.") % {"name": name}
