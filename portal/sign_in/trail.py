"""What the audit trail has of signing in and out: who, from where, how, and who was kept out.

Changes of passwords and second factors are noted where people are told of them (SecurityNotice.tell).
"""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.userkit import get_user_by_username
from allauth.account.signals import user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_used
from django.contrib.auth.signals import user_logged_out
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from fsportal.lib import masks, origin
from fsportal.models import AuditEntry, AuditKind, User

FACTORS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.RECOVERY_CODES: "recovery code",
    Authenticator.Type.WEBAUTHN: "passkey",
}
#: What a limit of django-allauth was about. The others are told by their own names.
LIMITED = {
    "login": "sign-in limited",
    "login_failed": "sign-in limited",
    "reset_password": "password reset limited",
    "reset_password_from_key": "password reset limited",
}


def register() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="portal.trail")
    user_logged_out.connect(_signed_out, dispatch_uid="portal.trail")
    authenticator_used.connect(_used_factor, dispatch_uid="portal.trail")
    authentication_failed.connect(_failed_factor, dispatch_uid="portal.trail")


def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    AuditEntry.note(user, "signed in", by=user, why=_how(request, user), kind=AuditKind.SIGN_IN)


def _how(request: HttpRequest, user: User) -> str:
    """Return by what somebody signed in, in the order in which it was asked: "password, authenticator app"."""
    records = get_authentication_records(request, user)
    return ", ".join(dict.fromkeys(_method(record) for record in records)) or "invitation"


def _method(record: dict[str, Any]) -> str:
    match record["method"]:
        case "mfa":
            return FACTORS.get(record.get("type", ""), "second factor")
        case "socialaccount":
            return str(record.get("provider", "identity provider"))
    return str(record["method"])


def _signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    # A test's client signs out without a request.
    if user is not None and origin.present().request is not None:
        AuditEntry.note(user, "signed out", by=user, kind=AuditKind.SIGN_IN)


def _used_factor(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Note that a recovery code is gone: whoever did not use it has lost their list."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        AuditEntry.note(user, "recovery code used", by=user, kind=AuditKind.SIGN_IN)


def _failed_factor(request: HttpRequest, user: User, **kwargs: Any) -> None:
    AuditEntry.count("second factor refused", subject=user)


def failed(name: str) -> None:
    """Note a wrong name or password. A known and an unknown name are the same work (same_work.py)."""
    ContentType.objects.get_for_model(User)  # asked once for a process, and for whoever is the first
    by_address = User.objects.filter(email=name.lower()).order_by("pk").first()
    user = get_user_by_username(name) or by_address
    AuditEntry.count("sign-in failed", subject=user, why="" if user else masked(name))


def masked(name: str) -> str:
    """Return a name that is nobody's, or an address: it may be a password in the wrong field.

    Of an address its host is told; what only has an @ in it, as many passwords have, is none.
    """
    try:
        validate_email(name)
    except ValidationError:
        return masks.name(name)
    return masks.email(name)


def limited(action: str) -> None:
    """Note that somebody had too many tries."""
    AuditEntry.count(LIMITED.get(action, f"limited: {action}".replace("_", " ")))


def asked_for_reset(address: str) -> None:
    """Note it without looking anybody up. The message log says who got a link."""
    AuditEntry.count("password reset asked", why=masked(address))
