"""Mail: can we sign in to its server, and does the sender's domain say that it may send?"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import suppress

import dns.exception
import dns.resolver
from django.conf import settings
from django.core.mail import get_connection

from fsportal.management.doctor.finding import TIMEOUT, Finding, kind, note, ok, wrong

ABOUT = "mail"
NEAR = {"localhost", "127.0.0.1", "::1"}


def server() -> Iterator[Finding]:
    if not settings.EMAIL.described:
        yield note(ABOUT, "Email is not connected.", "Write EMAIL_URL, if customers are to get email.")
    elif settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield from _smtp()
    else:
        yield note(
            ABOUT, f"{settings.EMAIL.described} can only be tried by sending.", "Send a test email from the settings."
        )


def _smtp() -> Iterator[Finding]:
    described = settings.EMAIL.described
    is_safe = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or settings.EMAIL_HOST in NEAR
    connection = get_connection(timeout=TIMEOUT)
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        yield wrong(ABOUT, f"{described} refuses user or password ({error.smtp_code}).", "Correct them in EMAIL_URL.")
    except ssl.SSLError as error:
        yield wrong(
            ABOUT, f"{described} has no certificate that can be trusted ({kind(error)}).", "Is the host name right?"
        )
    except smtplib.SMTPNotSupportedError:
        yield wrong(ABOUT, f"{described} offers no TLS or no sign-in.", "Write smtps:// or smtp:// as its manual says.")
    except (OSError, smtplib.SMTPException) as error:
        yield wrong(
            ABOUT,
            f"{described} cannot be reached ({kind(error)}).",
            "Are host and port in EMAIL_URL right, and does a firewall let them through?",
        )
    else:
        yield ok(ABOUT, f"{described} lets us in; nothing was sent.")
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
    if not is_safe:
        yield wrong(ABOUT, "Passwords and messages go over the network in the clear.", "Write smtp+tls:// or smtps://.")


# --- What the domain says of itself -----------------------------------------------------------------------------------
class CannotLookUp(Exception):
    """No name server answers."""


def resolver() -> dns.resolver.Resolver:
    return dns.resolver.Resolver()


def domain() -> Iterator[Finding]:
    name = settings.EMAIL_FROM.rpartition("@")[2].rstrip(">").lower()
    if not settings.EMAIL.described or "." not in name:
        return
    try:
        yield from _spf(name)
        yield from _dmarc(name)
    except CannotLookUp as error:
        yield note(ABOUT, f"SPF and DMARC of {name} could not be looked up ({error}).")
        return
    yield note(
        ABOUT,
        "DKIM cannot be looked up without knowing its selector.",
        "Send yourself a test email and look for dkim=pass in its Authentication-Results.",
    )


def _spf(name: str) -> Iterator[Finding]:
    found = [text for text in texts(name) if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        yield wrong(
            ABOUT,
            f"{name} has no SPF record, so mailboxes may refuse our email.",
            f'Add a TXT record for {name}, for example "v=spf1 include:<your provider> -all".',
        )
    elif len(found) > 1:
        yield wrong(ABOUT, f"{name} has {len(found)} SPF records, so none counts (RFC 7208, 4.5).", "Join them to one.")
    elif found[0].lower().split()[-1] in ("+all", "all"):
        yield wrong(ABOUT, f"The SPF record of {name} allows everybody to send.", 'End it with "-all" or "~all".')
    else:
        yield ok(ABOUT, f"{name} has an SPF record; whether it names your provider, its manual says.")


def _dmarc(name: str) -> Iterator[Finding]:
    labels = name.split(".")
    # A subdomain without its own takes that of the domain above it (RFC 7489, 6.6.3).
    for start in range(len(labels) - 1):
        above = ".".join(labels[start:])
        for text in texts(f"_dmarc.{above}"):
            if text.lower().startswith("v=dmarc1"):
                policy = text.lower().replace(" ", "").partition("p=")[2].partition(";")[0]
                yield ok(ABOUT, f"{above} has a DMARC record (p={policy}).")
                return
    yield wrong(
        ABOUT,
        f"{name} has no DMARC record, which large mailbox providers ask for.",
        f'Add a TXT record for _dmarc.{name}, for example "v=DMARC1; p=none; rua=mailto:<your mailbox>".',
    )


def texts(name: str) -> list[str]:
    """Return the TXT records of a name; raise CannotLookUp if no name server answers."""
    try:
        answer = resolver().resolve(f"{name}.", "TXT", lifetime=TIMEOUT)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise CannotLookUp(kind(error)) from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
