"""What is wrong with words is said before they are saved."""

import pytest

from notifications.customers.kinds import kind_of
from notifications.customers.wording.checking import cleaned, problems

WHAT = {
    "There is no [wen] here. Do you mean [when]?": ("body", "[wen]"),
    "There is no [nobody] here. Take a name from the list, or write [[nobody] for the words.": ("body", "[nobody]"),
    "[link] cannot stand here.": ("subject", "[link]"),
    "“[ When ]” would go out as it is. Do you mean [when]?": ("button", "[ When ]"),
    "“{{ company }}” would go out as it is. Do you mean [company]?": ("body", "{{ company }}"),
    "The bracket of “[when” does not end. Do you mean [when]?": ("body", "On [when we come."),
    "“htp://x” is not a link: it must begin with https:// and a host name.": ("body", "See htp://x."),
    "“https://” is not a link: it must begin with https:// and a host name.": ("body", "https://"),
    "“https://[company].example” is not a link: it must begin with https:// and a host name.": (
        "body",
        "https://[company].example",
    ),
    "[link] cannot be part of a link: others would read it.": ("body", "https://x.example/?from=[link]"),
    "In text messages “https://é.example/ö” would break. Write https://xn--9ca.example/%C3%B6 instead.": (
        "sms",
        "[when] https://é.example/ö",
    ),
    "Without [when] the message is of no use: name it here.": ("sms", "[company] comes. [[when]"),
    "Line 2 has an invisible character (right-to-left override). Type its words again.": ("body", "a\r\nb\u202e"),
    "This is 61 characters long, and at most 60 characters are possible.": ("button", "a" * 61),
    "This must be one line.": ("subject", "a\r\nBcc: x@example.com"),
}
RIGHT = (
    "[company] comes on [when].\n\n[service_part]\nhttps://x.example/?visit=[reference], (https://y.example/a_(b))."
    " [[link] [see below] [1] 10:20 {x} 100 % é ö [link]"
)


def test_what_is_wrong_is_said_of_its_field_with_what_to_write_instead() -> None:
    kind = kind_of("upcoming")
    assert kind is not None
    for sentence, (field, text) in WHAT.items():
        assert problems(kind, {field: text}) == {field: [sentence]}
    assert (
        problems(kind, {"subject": "", "body": RIGHT, "button": "See it", "sms": "[when] [service_part] [link]"}) == {}
    )
    # A part of a service need not name anything, and has no part itself.
    assert problems(kind, {"body": "Heating off, please.", "sms": "Off."}, is_part=True) == {}
    assert problems(kind, {"sms": "[service_part]"}, is_part=True) == {"sms": ["[service_part] cannot stand here."]}


@pytest.mark.parametrize(("event", "field"), [("one_time_code", "sms"), ("one_time_code", "body"), ("delayed", "body")])
def test_a_message_names_what_it_is_useless_without(event: str, field: str) -> None:
    kind = kind_of(event)
    assert kind is not None
    assert len(problems(kind, {field: "Hello."})[field]) == 1


def test_words_are_stored_as_they_are_sent() -> None:
    assert cleaned("body", " a \r\n\u202eb\u00ad\x00  \n\n") == "a\nb"
    assert cleaned("subject", "a\r\nBcc: x") == "a Bcc: x"
