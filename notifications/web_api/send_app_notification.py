"""The action SendAppNotification (App notifications page): one app notification to one user."""

from dataclasses import dataclass
from typing import Any

from fsportal.models import PortalSettings, User
from notifications.inapp import privileges
from notifications.inapp.data_column import TYPE_ANNOTATION
from notifications.inapp.draft import AppNotificationDraft
from notifications.inapp.errors import InvalidParameter
from notifications.inapp.send import send_draft
from notifications.web_api.errors import FEATURE_OFF, ODataError, bad_payload
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.tables import NAMESPACE
from notifications.web_api.user_references import user_named


@dataclass(frozen=True)
class Parameter:
    """A parameter of the action: our own name for it, and what $metadata says of it."""

    name: str
    edm_type: str
    nullable: bool = True


#: In the order in which Dynamics 365 documents them.
PARAMETERS = {
    "Title": Parameter("title", "Edm.String", nullable=False),
    "Recipient": Parameter("recipient", "mscrm.systemuser", nullable=False),
    "Body": Parameter("body", "Edm.String"),
    "Priority": Parameter("priority", "Edm.Int32"),
    "IconType": Parameter("icon_type", "Edm.Int32"),
    "ToastType": Parameter("toast_type", "Edm.Int32"),
    "Expiry": Parameter("expiry", "Edm.Int32"),
    "OverrideContent": Parameter("override_content", "mscrm.expando"),
    "Actions": Parameter("actions", "mscrm.expando"),
}


def send(request: ODataRequest) -> ODataResponse:
    """Send, and respond with the new app notification's id."""
    request.need_method("POST")
    request.allow_options()
    check_may_send(request.user)
    given = _parameters(request.json())
    recipient = given.pop("recipient", None)
    draft = AppNotificationDraft.of(**{"title": None} | given)
    if recipient is None:
        raise InvalidParameter("Recipient", "is missing; it takes '/systemusers(<GUID>)'.")
    row = send_draft(draft, user_named(recipient, "Recipient"), sender=request.user)
    context = request.context(f"#{NAMESPACE}.SendAppNotificationResponse")
    return ODataResponse(json=context | {"NotificationId": str(row.pk)})


def check_may_send(user: User) -> None:
    """Raise ODataError while the feature is switched off, MissingPrivilege for a user who may not send to anybody."""
    if not PortalSettings.load().in_app_notifications:
        raise ODataError(
            403,
            FEATURE_OFF,
            "In-app notifications are switched off. An admin can switch them on in Settings > Customer Portal.",
        )
    privileges.check_send(user, User.objects.none())


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters by our names; raises 400 for an unknown one."""
    found = {}
    for name, value in body.items():
        if name.startswith(TYPE_ANNOTATION) or name.endswith(TYPE_ANNOTATION):
            continue
        if name not in PARAMETERS:
            raise bad_payload(
                f"The parameter '{name[:60]}' is not a valid parameter for the operation 'SendAppNotification'; it has "
                f"{', '.join(PARAMETERS)}."
            )
        found[PARAMETERS[name].name] = value
    return found
