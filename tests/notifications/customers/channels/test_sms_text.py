"""What an SMS costs, and how it is kept cheap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.customers.channels.sms_text import gsm_safe, is_gsm7, segments


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("10:20\u00a0to\u202f10:40", "10:20 to 10:40"),
        ("“Siobhán\u2019s” \u2013 3\u2009m…", '"Siobhan\'s" - 3 m...'),
        ("„Grüße“ «à Évry»", '"Grüße" "à Évry"'),
        ("Łukasz Żak", "Lukasz Zak"),
        ("Ağr\u0131, Şişli, İzmir", "Agri, Sisli, Izmir"),
        ("Vy Trần", "Vy Tran"),
        ("garçon, œuvre", "garcon, oeuvre"),
        ("Ångström & Søren: 5 €", "Ångström & Søren: 5 €"),
        ("José\u200e Nun\u0303ez", "José Nuñez"),
    ],
)
def test_latin_text_becomes_gsm7(written: str, sent: str) -> None:
    assert gsm_safe(written) == sent
    assert is_gsm7(sent)


@pytest.mark.parametrize("text", ["שלום José", "موعدك Łukasz", "李 小龍 ç", "Łukasz 👍"])
def test_text_that_stays_outside_gsm7_keeps_its_accents(text: str) -> None:
    assert gsm_safe(text) == text


def test_text_of_other_scripts_still_gets_plain_spaces_and_quotes() -> None:
    assert gsm_safe("“שלום”\u00a0\u2013 עולם") == '"שלום" - עולם'


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ש" * 70, 1),
        ("ש" * 71, 2),
        ("ש" * 134, 2),
        ("ש" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("a" * 69 + "ש", 1),
        # The escape of "€" would be the last of the first part: the pair moves to the next as a whole.
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        # 67 is odd, so 33 emoji fill a part.
        ("👍" * 66, 2),
        ("👍" * 67, 3),
    ],
)
def test_segments_are_counted_as_they_are_charged(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(max_size=200))
def test_making_text_cheap_never_makes_it_dearer(text: str) -> None:
    bare = gsm_safe(text)

    assert gsm_safe(bare) == bare
    assert not (is_gsm7(text) and not is_gsm7(bare))
