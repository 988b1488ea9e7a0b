"""The colour of each message state, and what to do about each reason."""

from django.utils.translation import gettext_lazy as _

from fsportal.settings_area.parts import ATTENTION, FAILED, GOOD, QUIET, WAITING
from notifications.models import Reason, State

TONES = {
    State.QUEUED: WAITING,
    State.SENDING: WAITING,
    State.SENT: GOOD,
    State.DELIVERED: GOOD,
    State.SIMULATED: QUIET,
    State.SUPPRESSED: QUIET,
    State.SUPERSEDED: QUIET,
    State.EXPIRED: ATTENTION,
    State.UNKNOWN: ATTENTION,
    State.FAILED: FAILED,
}

WHAT_TO_DO = {
    Reason.REFUSED: _("Ask the contact for another address, correct the contact, then send it again."),
    Reason.BOUNCED: _(
        "Ask the contact for another address and correct the contact. If it is right after all, press “Try email again”"
        " on the contact’s page. Then send it again."
    ),
    Reason.UNREACHABLE: _("The number may be right. Call, or send it again when the phone may be on."),
    Reason.FILTERED: _(
        "Nothing is wrong with the address. Call the contact if it matters; if it happens often, ask your provider"
        " whether your sender is registered and what it thinks of the words."
    ),
    Reason.NOT_DELIVERED: _(
        "Read what the provider said. Call the contact if it matters, or send it again once the cause is gone."
    ),
    Reason.GAVE_UP: _("See on the Health page whether the channel works, then send it again."),
    Reason.PROVIDER: _("Ask the contact whether it arrived before you send it again."),
    Reason.LAPSED: _("Ask the contact whether it arrived before you send it again."),
    Reason.NOT_CONNECTED: _("Connect the channel (see Customer Portal, Settings), then send it again."),
    Reason.CANNOT_RENDER: _(
        "Something in the records keeps it from being written; call the contact and report the fault."
    ),
    Reason.NO_CONTACT: _("Name a reported-by contact on the work order, or a primary contact on the account."),
    Reason.NO_ADDRESS: _("Add the missing address to the contact."),
    Reason.OPTED_OUT: _("The contact does not want messages this way; call them if it matters."),
    Reason.NOT_WANTED: _("The contact gets other messages, but not this one, by their own choice; call if it matters."),
    Reason.EXCLUDED_ACCOUNT: _("Take the account off the exclusion list if its people are to be told."),
    Reason.EXCLUDED_TYPE: _("Take the work order type off the exclusion list if people are to be told."),
    Reason.INACTIVE_ACCOUNT: _("Make the account active if its people are to be told."),
    Reason.SWITCHED_OFF: _("Switch the message on in the settings if it is to be sent."),
    Reason.CHANNEL_OFF: _("Change the communication type in the settings if this channel is to be used."),
    Reason.COUNTRY: _("Allow the country in SMS_COUNTRIES if it is a person's phone, or reach the contact by email."),
    Reason.TEXT_LIMIT: _("Look why so many go there. The limits are in the settings, under Delivery."),
    Reason.SPENDING_LIMIT: _("Look what sends so many; then raise the limit in the settings, under Delivery, or wait."),
    Reason.NOT_ON_GUEST_LIST: _("Put the address on the guest list, or go live."),
    Reason.UNNAMED: _(
        "Write the company's name in Customer Portal, Settings, Display. It goes out as soon as you save."
    ),
    Reason.TOO_LATE: _("Call the contact if they still need to know."),
    Reason.UNKNOWN_ADDRESS: _("Find out with which address this person signs in, or send them an invitation."),
    Reason.INACTIVE_USER: _("Make the user active if this person is to sign in again, then let them ask once more."),
    Reason.NO_PASSWORD: _("This person signs in with an identity provider or a passkey; tell them to do it that way."),
    Reason.CARD_SETTLED: _("Nothing: somebody has seen it, or there is nothing left to see to."),
    Reason.INVITATION_OVER: _("Extend the invitation or make a new one, then send that."),
}
CALL = _("Call the contact.")


def tone(state: str) -> str:
    return TONES.get(State(state), QUIET) if state in State.values else QUIET


def what_to_do(reason: str) -> str:
    """Return the next step for a message that was not delivered for `reason`."""
    return str(WHAT_TO_DO.get(Reason(reason), CALL)) if reason in Reason.values else str(CALL)
