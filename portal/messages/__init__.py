"""The messages by which customers come in: one module per kind; the words are in templates/messages/<event>/."""

from notifications.customers.kinds import register


def register_kinds() -> None:
    """Make the portal's kinds of message known to delivery."""
    from portal.messages.email_changed import EmailChanged  # noqa: PLC0415  (models are loaded only now)
    from portal.messages.one_time_code import OneTimeCodeMessage  # noqa: PLC0415

    for kind in (OneTimeCodeMessage(), EmailChanged()):
        register(kind)
