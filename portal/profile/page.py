"""The profile page: a customer's details, what they are sent, and how they sign in."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fsportal.lib import phones, zones
from fsportal.models import Contact, OptOut, PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers import kinds
from portal.access.viewer import Viewer

PAGES = {"profile": "profile", "choices": "profile-choices", "email": "profile-email"}


@dataclass(frozen=True)
class ChannelState:
    """One channel of a contact: whether it is stopped, and whether it can reach them."""

    channel: Channel
    address: str
    opt_out: OptOut | None
    can_be_reached: bool
    zone: str
    #: Where its button leads: to stop the channel, or to start it again.
    button: str

    @property
    def is_sms(self) -> bool:
        return self.channel == Channel.SMS

    @property
    def since(self) -> str:
        """Return since when it is stopped, in the contact's own zone or the account's."""
        return zones.moment(self.opt_out.since, self.zone, get_language() or "en") if self.opt_out else ""

    @property
    def provider_blocks(self) -> bool:
        """Tell whether the SMS provider may go on blocking until it gets a START itself."""
        return self.opt_out is not None and self.opt_out.how in (OptOutSource.SMS, OptOutSource.PROVIDER)


@dataclass(frozen=True)
class ProfilePage:
    """One contact's profile, seen by `viewer`."""

    viewer: Viewer
    contact: Contact
    portal_settings: PortalSettings

    @classmethod
    def of(cls, viewer: Viewer, chosen: str, portal_settings: PortalSettings) -> "ProfilePage":
        """Return the page of the contact with the id `chosen`, or of the first one; raises Http404 for others'."""
        if not chosen:
            return cls(viewer, viewer.contacts[0], portal_settings)
        try:
            wanted = uuid.UUID(chosen)
        except ValueError:
            raise Http404 from None
        found = next((contact for contact in viewer.contacts if contact.pk == wanted), None)
        if found is None:
            raise Http404
        return cls(viewer, found, portal_settings)

    def address(self, name: str = "profile", *arguments: str) -> str:
        """Return the address of one of the profile's pages, about this contact."""
        return address_of(name, self.contact, self.viewer, *arguments)

    @property
    def to(self) -> dict[str, str]:
        return {name: self.address(page) for name, page in PAGES.items()}

    @property
    def others(self) -> list[tuple[Contact, str]]:
        mine = self.viewer.contacts
        return [(one, address_of("profile", one, self.viewer)) for one in mine] if len(mine) > 1 else []

    @cached_property
    def kinds(self) -> list[kinds.MessageKind]:
        return kinds.offered(self.portal_settings)

    @cached_property
    def channels(self) -> list[ChannelState]:
        in_force = {row.channel: row for row in OptOut.objects.in_force().filter(contact=self.contact)}
        return [self._channel(Channel(name), in_force.get(name)) for name in self.portal_settings.channels]

    def _channel(self, channel: Channel, opt_out: OptOut | None) -> ChannelState:
        address = self.contact.address_on(channel)
        zone = self.contact.time_zone or self.contact.account.time_zone
        is_sms = channel == Channel.SMS
        reached = bool(address) and (not is_sms or self.portal_settings.may_text(address))
        shown = phones.display(address) if is_sms else address
        button = self.address("profile-start" if opt_out else "profile-stop", channel.value)
        return ChannelState(channel, shown, opt_out, reached, zone, button)

    #: Pages of django-allauth, with the words of their links.
    SIGN_IN_PAGES: ClassVar[tuple[str, ...]] = (
        "account_change_password",
        "mfa_index",
        "usersessions_list",
        "socialaccount_connections",
    )

    @property
    def sign_in_links(self) -> list[tuple[str, str, str]]:
        """Return address, name and words of each page about signing in; none for staff, who would see their own."""
        if self.viewer.is_read_only:
            return []
        words = {
            "account_change_password": (_("Change your password"), ""),
            "mfa_index": (
                _("Passkeys and second factor"),
                _("Sign in without a password, or with a code besides it."),
            ),
            "usersessions_list": (_("Where you are signed in"), _("End a session on a device that you lost.")),
            "socialaccount_connections": (
                _("Manage external authentication"),
                _("Sign in with an account that you have elsewhere."),
            ),
        }
        found = [(_address(name), *words[name]) for name in self.SIGN_IN_PAGES]
        return [row for row in found if row[0]]


def address_of(name: str, contact: Contact, viewer: Viewer, *arguments: str) -> str:
    """Return the address of a profile page about `contact`; the first one needs no naming."""
    is_first = viewer.contacts[0].pk == contact.pk
    return reverse(name, args=arguments) + ("" if is_first else f"?for={contact.pk}")


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
