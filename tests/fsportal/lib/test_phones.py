"""Phone numbers as people write them."""

import pytest
from django.core.exceptions import ValidationError

from fsportal.lib.phones import country_allowed, display, masked, to_e164, validate_e164


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("020 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018", "gb", "+442079460018"),
        ("+44 (0)20 7946 0018", "DE", "+442079460018"),
        ("0044 20 7946 0018", "DE", "+442079460018"),
        ("(555) 010-0003", "US", "+15550100003"),
        ("604-555-0009", "CA", "+16045550009"),
        ("08 5550 0004", "AU", "+61855500004"),
        ("030 2312 5001", "DE", "+493023125001"),
        ("01 99 00 23 20", "FR", "+33199002320"),
        ("03-5550-0006", "JP", "+81355500006"),
        ("01-555 0017", "NP", "+97715550017"),
        ("\u202a+44 20 7946 0018\u202c", "", "+442079460018"),
        ("٠٢٠٧٩٤٦٠٠١٨", "GB", "+442079460018"),
        ("020\u00a07946\u20110018", "GB", "+442079460018"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(written: str, country: str, number: str) -> None:
    assert to_e164(written, country) == number


@pytest.mark.parametrize(
    ("written", "country", "word"),
    [
        ("", "GB", "Write"),
        ("12", "FR", "short"),
        ("020 7946 0018 0018 0018", "GB", "long"),
        ("020 7946 0018", "", "calling code"),
        ("+999 1234567", "", "calling code"),
        ("555-0100", "US", "area code"),
        ("1-800-FLOWERS", "US", "letters"),
        ("+44 20 7946 0018 ext. 5", "GB", "extension"),
        ("020 7946 0018; 020 7946 0019", "GB", "digits"),
        ("=cmd", "GB", "digits"),
    ],
)
def test_what_cannot_be_a_number_gets_a_sentence(written: str, country: str, word: str) -> None:
    with pytest.raises(ValueError, match=word) as caught:
        to_e164(written, country)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("value", ["020 7946 0018", "+44 20 7946 0018", "+44", "+999123456789", "+442079460018\n", ""])
def test_only_e164_is_stored(value: str) -> None:
    validate_e164("+442079460018")
    with pytest.raises(ValidationError):
        validate_e164(value)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+442079460018", "+44 •••• ••0018"),
        ("+15550100003", "+1 •••• ••0003"),
        ("+4512345678", "+45 •••• •678"),
        ("+1234", "+1 ••4"),
        ("", ""),
        ("junk", ""),
    ],
)
def test_a_masked_number_shows_its_end_only(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_a_number_is_shown_in_groups() -> None:
    assert display("+442079460018") == "+44 20 7946 0018"
    assert display("no number") == "no number"


@pytest.mark.parametrize(
    ("number", "allowed", "answer"),
    [
        ("+442079460018", [], True),
        ("+442079460018", ["GB"], True),
        ("+442079460018", ["gb "], True),
        ("+442079460018", ["44"], True),
        ("+442079460018", ["+44"], True),
        ("+442079460018", ["US", "DE"], False),
        ("+442079460018", ["4"], False),
        ("+15550100003", ["US"], True),  # an unassigned range
        ("+16045550009", ["CA"], True),
        ("+16045550009", ["US"], False),
        ("+18765550100", ["US"], False),  # Jamaica
        ("+18765550100", ["1"], True),
        ("junk", ["GB"], False),
    ],
)
def test_countries_are_told_apart(number: str, allowed: list[str], answer: bool) -> None:
    assert country_allowed(number, allowed) is answer
