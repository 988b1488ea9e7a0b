"""The frame of an email: rendered once, filled for each message."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from notifications.customers.email_frame import Company, EmailWords, Logo, as_html, as_text

COMPANY = Company("Contoso & Söhne", "+44 20 7946 0000", "help@contoso.example", "#0f5c73", "#ffffff")
LOGO = Logo("https://portal.example/logo.png", 96, 48)
WORDS = EmailWords(
    subject="Your visit",
    contact_name="Anna Ng",
    paragraphs=["We come on Tuesday.", "Does it suit you?"],
    facts=[("When", "Tue 24 Nov"), ("Where", "12 Rose Lane")],
    button_words="See your visit",
    button_link="https://portal.example/visit/abc/",
    unsubscribe_link="https://portal.example/unsubscribe/abc/",
)
HOSTILE = "<b>\"&'\ue0000\ue001{{ company.name }}%(name)s"
EMPTY = EmailWords("Your visit", "", [], [], "", "", "")
MESSAGES = [
    WORDS,
    EMPTY,
    replace(WORDS, contact_name="", facts=[]),
    replace(WORDS, button_words="", button_link=""),
    replace(WORDS, unsubscribe_link="", paragraphs=["One."]),
    replace(WORDS, facts=[("When", "")]),
    EmailWords(HOSTILE, HOSTILE, [HOSTILE], [(HOSTILE, HOSTILE)], HOSTILE, HOSTILE, HOSTILE),
]


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("words", MESSAGES)
def test_a_filled_frame_is_what_the_template_renders(words: EmailWords, language: str) -> None:
    for company in (COMPANY, COMPANY._replace(logo=LOGO, logo_dark=LOGO, phone="", email="", footer="4 Mill <Lane>")):
        context = {
            "words": words,
            "company": company,
            "language": language,
            "direction": "rtl" if language == "ar" else "ltr",
        }
        with translation.override(language):
            text = render_to_string("messages/email.txt", context, using="text")
            html = render_to_string("messages/email.html", context)
        for _twice in range(2):
            assert as_text(words, company, language) == text
            assert as_html(words, company, language) == html


def test_a_line_break_in_a_paragraph_stays_one() -> None:
    assert ">One &amp;<br>two</p>" in as_html(replace(WORDS, paragraphs=["One &\ntwo"]), COMPANY, "en")


def test_what_a_customer_writes_adds_no_element() -> None:
    class Elements(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(tag)

    counts = []
    for words in (replace(WORDS, paragraphs=["x"], facts=[("x", "x")]), MESSAGES[-1]):
        found: list[str] = []
        Elements().feed(as_html(words, COMPANY, "en"))
        counts.append(found)
    assert counts[0] == counts[1]
