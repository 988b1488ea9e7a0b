"""Enhanced status codes of mail servers: class, subject and detail, such as 5.1.1 (RFC 3463)."""

import re

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
FOR_GOOD = "5"
#: Subject and detail of failures for good that say that there is no such mailbox or domain (RFC 3463, 3.1 to 3.5; 1.10
#: is RFC 7505's). 4.1 and 4.4 are what Exchange and Postfix say of an unknown recipient and an unknown domain. A full
#: mailbox, a big message, a loop or a policy is no fault of the address.
NO_MAILBOX = {(0, 0), (1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 0), (2, 1), (4, 1), (4, 4)}
POLICY = 7


def status_in(text: str) -> str:
    """Return the first code in what a mail server said, or an empty string."""
    found = STATUS.search(text)
    return found.group() if found else ""


def says_no_mailbox(status: str) -> bool:
    """Tell whether a code says for good that there is no such mailbox."""
    return _is_for_good(status) and _meaning(status) in NO_MAILBOX


def says_unwanted(status: str) -> bool:
    """Tell whether a code says for good that mail of this kind or from here is not wanted."""
    return _is_for_good(status) and _meaning(status)[0] == POLICY


def _is_for_good(status: str) -> bool:
    return STATUS.fullmatch(status) is not None and status.startswith(FOR_GOOD)


def _meaning(status: str) -> tuple[int, int]:
    _class, subject, detail = status.split(".")
    return int(subject), int(detail)
