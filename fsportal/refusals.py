"""What people are told who may not open a page, and what is noted of it: one line, and one row an hour."""

import logging

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from fsportal.lib import origin
from fsportal.lib.logs import without_secrets
from fsportal.models import AuditEntry, User

logger = logging.getLogger(__name__)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403. Django would log a traceback, which says nothing of what somebody is not allowed to do."""
    response = defaults.permission_denied(request, exception or PermissionDenied())
    note_refusal(request)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def note_refusal(request: HttpRequest) -> None:
    """Note who was refused what. Without a user it is in the log only, so nobody fills the audit trail."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        logger.warning("Forbidden: %s", request.path)
        return
    # By the page's name: of addresses somebody can make up any number.
    page = request.resolver_match.view_name if request.resolver_match else ""
    AuditEntry.count(
        "refused", subject=user, by=user, of=f"{origin.present().client} {page}", why=without_secrets(request.path)
    )
