"""What a text message in the company's own words costs, and what makes it dearer."""

from notifications.customers.channels.sms_text import parts_of
from notifications.customers.wording.sms_count import counted


def test_what_costs_is_named_with_its_place_and_what_is_replaced_costs_nothing() -> None:
    # Quotation marks, dashes and letters of other alphabets that have a plain twin go out as that.
    cheap = counted("“[name]” – Łukasz… €5 [[x]", {"name": "Ő"}, "en")
    assert (cheap.is_gsm7, cheap.segments, cheap.costly) == (True, 1, [])
    assert cheap.double == [("€", 20), ("[", 23), ("]", 26)]
    assert cheap.characters == len('"O" - Lukasz... E5 [x]') + 3
    dear = counted("Hi [name] 😀, ☃ 😀 [left_out]", {"name": "Łukasz 🎉", "left_out": "x"}, "en")
    assert (dear.is_gsm7, dear.costly, dear.costly_values) == (False, [("😀", 11), ("☃", 14)], ["name"])
    assert counted("a\n[gone] 😀", {}, "en").is_gsm7
    assert counted("x" * 161, {}, "en").segments == 2
    assert counted("", {}, "en").segments == 0
    # A line that begins with Latin letters gets a mark, which counts.
    assert counted("Acme שלום", {}, "he").characters == len("Acme שלום") + 1


def test_a_text_is_cut_where_it_will_be() -> None:
    for text in ("x" * 160, "x" * 161, "x" * 152 + "€" + "y" * 30, "ب" * 71, "😀" * 36, ""):
        parts = parts_of(text)
        assert "".join(parts) == text
        assert len(parts) == {0: 0, 160: 1}.get(len(text), 2)
    assert parts_of("x" * 152 + "€" + "y" * 30)[1].startswith("€")
