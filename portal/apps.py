"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Register messages and cards, and make the web role that the portal asks for in every database."""
        # Models are loaded only now.
        from notifications.customers import kinds  # noqa: PLC0415
        from portal import one_time_code_message  # noqa: PLC0415
        from portal.invitations import message, staff_cards  # noqa: PLC0415
        from portal.models import web_role  # noqa: PLC0415
        from portal.profile import email_changed_message  # noqa: PLC0415
        from portal.sign_in import limits, password_reset, same_work, security_notice, sessions, trail  # noqa: PLC0415
        from portal.staff_invitations import message as staff_invitation  # noqa: PLC0415

        for kind in (
            email_changed_message.EmailChanged(),
            message.InvitationMessage(),
            one_time_code_message.OneTimeCodeMessage(),
            password_reset.PasswordResetMessage(),
            security_notice.SecurityNoticeMessage(),
            staff_invitation.StaffInvitationMessage(),
        ):
            kinds.register(kind)
        staff_cards.register_kinds()
        limits.install()
        same_work.install()
        sessions.note_places_ourselves()
        trail.register()
        post_migrate.connect(web_role.install, sender=self, dispatch_uid="portal.web_role")
