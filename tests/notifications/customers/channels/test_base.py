"""How much of a provider's message may be logged."""

import pytest

from notifications.customers.channels.base import DeliveryError


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 mailbox full", "550 mailbox full"),
        ("URL https://portal.example/visit/abc123/ is listed", "URL https://portal.example/… is listed"),
        ("https://user:secret@api.example/x?key=1", "https://api.example/…"),
        ("no user anna.ng@example.com here", "no user a•••@example.com here"),
        ("'+442079460018' is not valid", "'•••18' is not valid"),
        ("call (020) 7946-0018", "call (•••18"),
        ("error 21211 at line 12", "error 21211 at line 12"),
        ("token sk_live_0123456789abcdefghij refused", "token ••• refused"),
        ("two\r\nlines\u202e", "two lines"),
    ],
)
def test_secrets_are_taken_out_of_a_providers_words(said: str, kept: str) -> None:
    assert DeliveryError("x", said).detail == kept


def test_a_providers_words_are_kept_short() -> None:
    assert len(DeliveryError("x", "word " * 1000).detail) <= 300
