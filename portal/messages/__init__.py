"""The messages by which customers come in: one module per kind; the words are in templates/messages/<event>/."""

from notifications.customers.kinds import register


def register_kinds() -> None:
    """Make the portal's kinds of message known to delivery."""
    from portal.messages.email_changed import EmailChanged  # noqa: PLC0415  (models are loaded only now)
    from portal.messages.invitation import InvitationMessage  # noqa: PLC0415
    from portal.messages.one_time_code import OneTimeCodeMessage  # noqa: PLC0415
    from portal.messages.password_reset import PasswordResetMessage  # noqa: PLC0415
    from portal.messages.security_notice import SecurityNoticeMessage  # noqa: PLC0415

    for kind in (
        EmailChanged(),
        InvitationMessage(),
        OneTimeCodeMessage(),
        PasswordResetMessage(),
        SecurityNoticeMessage(),
    ):
        register(kind)
