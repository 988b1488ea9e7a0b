"""Web roles, invitations, redemptions, one-time codes, security notices, invitations of staff."""

from portal.models.invitation import (
    Invitation,
    InvitationState,
    InvitationType,
    NoAddress,
    NotRedeemable,
)
from portal.models.one_time_code import OneTimeCode
from portal.models.redemption import InvitedAddress, Redemption
from portal.models.security_notice import SecurityEvent, SecurityNotice
from portal.models.staff_invitation import StaffInvitation, StaffInvitationState
from portal.models.web_role import WEB_API_USERS, WebRole

__all__ = [
    "WEB_API_USERS",
    "Invitation",
    "InvitationState",
    "InvitationType",
    "InvitedAddress",
    "NoAddress",
    "NotRedeemable",
    "OneTimeCode",
    "Redemption",
    "SecurityEvent",
    "SecurityNotice",
    "StaffInvitation",
    "StaffInvitationState",
    "WebRole",
]
