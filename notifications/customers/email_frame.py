"""What surrounds the words of an email, as HTML and as text.

The templates take longer than everything else in an email, and most of what they say is the same for all. So they are
rendered with holes instead of words, once for each company, language and shape, and the words of each message are put
into the holes. The templates may ask whether a word is there, but must not look at it.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models.fields.files import ImageFieldFile
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString

from fsportal.lib.logos import shown_size
from fsportal.lib.text_direction import RIGHT_TO_LEFT
from fsportal.models import PortalSettings
from fsportal.models.brand_settings import FontStack

# Private use: no template has these characters, and the words are not searched for them.
HOLE = re.compile("\ue000([0-9]+)\ue001")
#: Hexadecimal digits. Each message has a digest.
DIGEST_LENGTH = 32


#: Pixels: logos are shown no larger than this.
LOGO_BOX = (240, 48)
#: Fonts that mail programs may have. Single quotes, because they stand in attributes.
FONTS = {
    FontStack.SYSTEM: "system-ui,-apple-system,'Segoe UI',Roboto,sans-serif",
    FontStack.HUMANIST: "Seravek,'Gill Sans Nova',Ubuntu,Calibri,'DejaVu Sans',sans-serif",
    FontStack.SERIF: "Charter,'Bitstream Charter','Sitka Text',Cambria,Georgia,serif",
    FontStack.ROUNDED: "ui-rounded,'Hiragino Maru Gothic ProN',Quicksand,Nunito,'Arial Rounded MT Bold',sans-serif",
}


class Logo(NamedTuple):
    link: str
    width: int
    height: int


class Company(NamedTuple):
    """The sender, as the frame shows it."""

    name: str
    phone: str
    email: str
    background: str
    foreground: str
    logo: Logo | None = None
    logo_dark: Logo | None = None
    footer: str = ""
    font: SafeString = SafeString(FONTS[FontStack.SYSTEM])

    @classmethod
    def of(cls, portal_settings: PortalSettings) -> "Company":
        font = portal_settings.font
        logo = _logo(portal_settings.logo)
        return cls(
            portal_settings.company_name,
            portal_settings.contact_phone,
            portal_settings.contact_email,
            portal_settings.background_colour,
            portal_settings.foreground_colour,
            logo,
            _logo(portal_settings.logo_dark) if logo else None,
            portal_settings.page_footer,
            SafeString(FONTS[FontStack(font if font in FONTS else FontStack.SYSTEM)]),
        )


def _logo(file: ImageFieldFile) -> Logo | None:
    """Return a logo with its size: mail programs scale none by themselves. None if its file is not there."""
    size = shown_size(file.name, *LOGO_BOX) if file.name else None
    return Logo(settings.SITE_URL + file.url, *size) if size else None


@dataclass(frozen=True)
class EmailWords:
    """The words of one email. Empty ones leave no trace."""

    subject: str
    contact_name: str
    paragraphs: Sequence[str]
    facts: Sequence[tuple[str, str]]
    button_words: str
    button_link: str
    unsubscribe_link: str

    @property
    def single(self) -> list[str]:
        return [self.subject, self.contact_name, self.button_words, self.button_link, self.unsubscribe_link]

    @property
    def of_facts(self) -> list[str]:
        return [word for fact in self.facts for word in fact]


class Frame(NamedTuple):
    """A rendered template with holes, and the same in pieces: the number of a word stands for each hole."""

    text: str
    digest: str
    pieces: tuple[str | int, ...]

    @classmethod
    def of(cls, text: str) -> "Frame":
        pieces = tuple(int(part) if number % 2 else part for number, part in enumerate(HOLE.split(text)))
        return cls(text, hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH], pieces)

    def filled(self, written: Sequence[str]) -> str:
        return "".join(written[piece] if isinstance(piece, int) else piece for piece in self.pieces)


class FilledFrame(NamedTuple):
    """An email as HTML, in the parts that the log keeps: its frame, and the words in its holes."""

    frame: Frame
    inline: Sequence[str]
    paragraphs: Sequence[str]

    @classmethod
    def of(cls, words: EmailWords, company: Company, language: str) -> "FilledFrame":
        frame = _frame_of("messages/email.html", words, company, language)
        return cls(frame, [*words.single, *words.of_facts], words.paragraphs)

    def as_html(self) -> str:
        inline = [escape(word) for word in self.inline]
        paragraphs = [escape(paragraph).replace("\n", "<br>") for paragraph in self.paragraphs]
        return self.frame.filled([*inline, *paragraphs])


def as_text(words: EmailWords, company: Company, language: str) -> str:
    frame = _frame_of("messages/email.txt", words, company, language)
    return frame.filled([*words.single, *words.of_facts, *words.paragraphs])


def as_html(words: EmailWords, company: Company, language: str) -> str:
    return FilledFrame.of(words, company, language).as_html()


def _frame_of(template: str, words: EmailWords, company: Company, language: str) -> Frame:
    shape = tuple(bool(word) for word in words.single)
    return _rendered(template, company, language, shape, len(words.facts), len(words.paragraphs))


@lru_cache(maxsize=256)
def _rendered(
    template: str, company: Company, language: str, shape: tuple[bool, ...], facts: int, paragraphs: int
) -> Frame:
    """Return a template with holes for words of this shape."""
    holes = [f"\ue000{number}\ue001" for number in range(len(shape) + 2 * facts + paragraphs)]
    single, of_facts = holes[: len(shape)], holes[len(shape) : len(shape) + 2 * facts]
    subject, contact_name, button_words, button_link, unsubscribe_link = (
        hole if is_there else "" for hole, is_there in zip(single, shape, strict=True)
    )
    words = EmailWords(
        subject,
        contact_name,
        holes[len(shape) + 2 * facts :],
        list(zip(of_facts[::2], of_facts[1::2], strict=True)),
        button_words,
        button_link,
        unsubscribe_link,
    )
    context: dict[str, Any] = {
        "words": words,
        "company": company,
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
    }
    with translation.override(language):
        text = render_to_string(template, context, using="text" if template.endswith(".txt") else None)
    return Frame.of(text)
