"""SendAppNotification: one notification to one user (seed: "Send basic in-app notifications")."""

from typing import Any

from fsportal.models import PortalSettings, User
from notifications.inapp import privileges
from notifications.inapp.data import TYPE_MARK
from notifications.inapp.errors import InvalidParameter
from notifications.inapp.odata.call import Answer, Call
from notifications.inapp.odata.errors import FEATURE_OFF, ODataError, bad_payload
from notifications.inapp.odata.references import user_named
from notifications.inapp.send import Note, send_note

#: The parameters, and what the checks call them; in the order of the seed.
PARAMETERS = {
    "Title": "title",
    "Recipient": "recipient",
    "Body": "body",
    "Priority": "priority",
    "IconType": "icon_type",
    "ToastType": "toast_type",
    "Expiry": "expiry",
    "OverrideContent": "override_content",
    "Actions": "actions",
}


def send(call: Call) -> Answer:
    """Answer POST SendAppNotification with the new notification's id."""
    call.need_method("POST")
    call.allow_options()
    check_may_send(call.user)
    given = _parameters(call.json())
    recipient = given.pop("recipient", None)
    note = Note.of(**{"title": None} | given)
    if recipient is None:
        raise InvalidParameter("Recipient", "is missing; it takes '/systemusers(<GUID>)'.")
    row = send_note(note, user_named(recipient, "Recipient"), sender=call.user)
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.SendAppNotificationResponse"
    return Answer(json=({} if call.level == "none" else {"@odata.context": context}) | {"NotificationId": str(row.pk)})


def check_may_send(user: User) -> None:
    """Raise ODataError while the feature is switched off, MissingPrivilege for somebody who may send to nobody."""
    if not PortalSettings.load().in_app_notifications:
        raise ODataError(
            403,
            FEATURE_OFF,
            "In-app notifications are switched off. An admin can switch them on in Settings > Customer Portal.",
        )
    privileges.check_send(user, User.objects.none())


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters by our names; raises 400 for one that there is not."""
    found = {}
    for name, value in body.items():
        if name.startswith(TYPE_MARK) or name.endswith(TYPE_MARK):
            continue
        if name not in PARAMETERS:
            raise bad_payload(
                f"The parameter '{name[:60]}' is not a valid parameter for the operation 'SendAppNotification'; it has "
                f"{', '.join(PARAMETERS)}."
            )
        found[PARAMETERS[name]] = value
    return found
