"""Names and addresses, masked."""

import pytest

from fsportal.lib import masks


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Sarah O'Brien", "S••• O•••"),
        ("Bo Li", "B••• L•••"),  # how long it is stays hidden
        ("  Anna  Maria\nvan der Berg ", "A••• M••• v•••"),
        ("李小龙", "李•••"),
        ("É\u0301ric", "É\u0301•••"),
        ("\u202eevil", "e•••"),
        ("", ""),
    ],
)
def test_a_name_shows_the_first_letters_only(name: str, masked: str) -> None:
    assert masks.name(name) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [("sarah@example.com", "s•••@example.com"), ("s@example.com", "s•••@example.com"), ("", ""), ("no address", "")],
)
def test_an_email_address_shows_its_first_letter_and_its_host(address: str, masked: str) -> None:
    assert masks.email(address) == masked
