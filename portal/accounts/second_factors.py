"""The way back in after losing phone and recovery codes: an admin removes the second factors."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import User
from fsportal.settings_area.actions import ActionRefused, ConfirmForm, RecordAction
from portal.admin.users import StaffAdmin
from portal.models import SecurityEvent, SecurityNotice


@transaction.atomic
def remove_all(user: User, *, by: User) -> int:
    """Remove apps, passkeys and recovery codes, and tell the user; returns how many. Harmless when repeated."""
    removed: int = Authenticator.objects.filter(user=user).delete()[0]
    if removed:
        SecurityNotice.tell(user, SecurityEvent.FACTORS_REMOVED, by=by)
    return removed


def _has_some(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user).exists())


def _remove(request: HttpRequest, record: User, data: dict[str, Any]) -> str:
    assert isinstance(request.user, User)
    if record.is_superuser and not request.user.is_superuser:
        raise ActionRefused(_("Only a superuser changes how a superuser signs in."))
    remove_all(record, by=request.user)
    return _("The second factors are removed. The password is asked for as before.")


def register() -> None:
    """Add the button to the user's page in the Settings area."""
    StaffAdmin.record_actions.append(
        RecordAction(
            "remove-second-factors",
            gettext_lazy("Remove second factors"),
            _remove,
            "fsportal.change_user",
            possible=_has_some,
            form=ConfirmForm,
            explains=gettext_lazy(
                "For somebody who has lost their phone and their recovery codes. Be sure that it is them: from then on"
                " the password alone lets them in. They are told by email."
            ),
        )
    )
