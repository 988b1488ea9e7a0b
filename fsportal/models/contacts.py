"""Contacts: the persons of an account, with what they want to be sent and what they change on their profile."""

import datetime as dt
import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib.phones import validate_e164, validate_person
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import validate_zone
from fsportal.models.accounts import Account
from fsportal.models.audit import AuditEntry, AuditKind
from fsportal.models.consent import Channel, MessageChoice, OptOut, OptOutSource
from fsportal.models.erased_address import OPT_OUT, ErasedAddress
from fsportal.models.profile_change import MESSAGE, NO, YES, ProfileChange
from fsportal.models.users import User


class Contact(models.Model):
    """A person of an account, to whom messages go."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=200, validators=[validate_no_control])
    email = models.EmailField(_("email"), blank=True, db_index=True)
    #: Since when, and why, this very address takes no email; another address starts afresh.
    email_bounced_at = models.DateTimeField(_("email bounced"), null=True, editable=False)
    email_bounce = models.CharField(
        _("what the mail server said"), max_length=300, blank=True, default="", db_default=""
    )
    mobile_phone = models.CharField(
        _("mobile phone"),
        max_length=16,
        blank=True,
        validators=[validate_e164, validate_person],
        help_text=_("International form, for example +442079460002."),
    )
    language = models.CharField(
        _("language"), max_length=16, default="en", help_text=_("A language tag such as de or en-GB.")
    )
    time_zone = models.CharField(
        _("own time zone"),
        max_length=64,
        blank=True,
        validators=[validate_zone],
        help_text=_(
            "Where the contact usually is. Times of a visit are always the site's; pages show this one beside it."
        ),
    )
    #: One person may be a contact of several accounts, and signs in once for all of them.
    portal_user = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("portal user"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["name"]
        indexes = [
            models.Index(fields=["name"], name="contact_by_name"),
            # Whoever calls is found by their number.
            models.Index(fields=["mobile_phone"], name="contact_by_phone"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Renew the opt-outs of an address whose owner was erased after opting out (ErasedAddress).

        Another email address starts afresh: that mail came back says nothing about it.
        """
        fields = kwargs.get("update_fields")
        with transaction.atomic():
            if not self._state.adding and (fields is None or "email" in fields):
                self._forget_bounce_of_another_address()
            super().save(*args, **kwargs)
            if fields is None or {"email", "mobile_phone"}.intersection(fields):
                Contact.renew_opt_outs([self])

    def clean(self) -> None:
        """Refuse another account: the contact holds messages and links about visits of this one."""
        stored = type(self).objects.select_related("account").filter(pk=self.pk).first()
        if stored is not None and stored.account_id != self.account_id:
            # Not an error of the field: not every form about a contact shows the account.
            raise ValidationError(
                _("This contact stays with %(account)s. Make a new contact for the other account.")
                % {"account": stored.account}
            )

    def address_on(self, channel: str) -> str:
        """Return the email address or the E.164 number for `channel`, or an empty string."""
        return self.email if channel == Channel.EMAIL else self.mobile_phone

    # --- Mail that came back ------------------------------------------------------------------------------------------
    def refuses_mail_to(self, address: str) -> bool:
        """Tell whether mail to this very address of the contact has come back for good."""
        return self.email_bounced_at is not None and address.casefold() == self.email.casefold()

    @classmethod
    @transaction.atomic
    def mark_bounced(cls, address: str, said: str, now: dt.datetime) -> int:
        """Note that mail to `address` comes back; returns of how many contacts it is the address.

        `said` is what the mail server answered, without addresses and numbers (channels/base.py, `scrubbed`). What was
        noted first stays: it was the cause.
        """
        marked = list(cls.objects.filter(email=address, email_bounced_at=None).select_for_update()) if address else []
        cls.objects.filter(pk__in=[one.pk for one in marked]).update(email_bounced_at=now, email_bounce=said[:300])
        AuditEntry.note_all(marked, "email came back")
        return len(marked)

    @transaction.atomic
    def try_email_again(self, *, by: User) -> bool:
        """Let email go to the address again; returns whether it had been stopped. Harmless when repeated."""
        stopped = Contact.objects.filter(pk=self.pk).exclude(email_bounced_at=None)
        changed = bool(stopped.update(email_bounced_at=None, email_bounce=""))
        self.email_bounced_at, self.email_bounce = None, ""
        if changed:
            AuditEntry.note(self, "email is tried again", by=by)
        return changed

    def _forget_bounce_of_another_address(self) -> None:
        # Asked of the row: this object may have been read before the mail came back.
        other = Contact.objects.filter(pk=self.pk).exclude(email_bounced_at=None).exclude(email=self.email)
        if other.update(email_bounced_at=None, email_bounce=""):
            self.email_bounced_at, self.email_bounce = None, ""

    def has_opted_out(self, channel: str) -> bool:
        return OptOut.objects.in_force().filter(contact=self, channel=channel).exists()

    @transaction.atomic
    def opt_out(self, channel: str, *, how: str, by: User | None = None, why: str = "") -> OptOut:
        """Stop all messages on `channel` from the next delivery on; harmless when repeated.

        `by` is the staff user whom the contact told, and `why` what they said; that is audited.
        """
        opt_out, created = OptOut.objects.get_or_create(
            contact=self, channel=channel, ended_at=None, defaults={"how": how}
        )
        if created and by is not None:
            AuditEntry.note(self, f"noted an opt-out: {channel}", by=by, why=why, kind=AuditKind.PERSONAL_DATA)
        return opt_out

    @transaction.atomic
    def opt_in(self, channel: str, *, how: str, by: User | None = None, why: str = "") -> bool:
        """Allow messages on `channel` again; harmless when repeated. Returns whether that changed anything."""
        in_force = OptOut.objects.in_force().filter(contact=self, channel=channel)
        changed = bool(in_force.update(ended_at=timezone.now(), ended_how=how))
        if changed and by is not None:
            AuditEntry.note(self, f"took back an opt-out: {channel}", by=by, why=why, kind=AuditKind.PERSONAL_DATA)
        return changed

    def wants(self, event: str, channel: str) -> bool:
        """Tell whether this contact takes messages about `event` on `channel`, which is the default."""
        return not MessageChoice.objects.filter(contact=self, event=event, channel=channel, is_wanted=False).exists()

    def choose(self, event: str, channel: str, *, is_wanted: bool) -> None:
        """Store whether this contact wants messages about `event` on `channel`; harmless when repeated."""
        if self.wants(event, channel) != is_wanted:
            MessageChoice.objects.update_or_create(
                contact=self,
                event=event,
                channel=channel,
                defaults={"is_wanted": is_wanted, "chosen_at": timezone.now()},
            )

    @transaction.atomic
    def choose_all(self, wanted: dict[tuple[str, str], bool], *, by: User) -> None:
        """Store a customer's own choices by event and channel; `by` is their user. Harmless when repeated."""
        for (event, channel), is_wanted in wanted.items():
            if self.wants(event, channel) != is_wanted:
                self.choose(event, channel, is_wanted=is_wanted)
                before, after = (NO, YES) if is_wanted else (YES, NO)
                self.note_change(f"{MESSAGE}{event}:{channel}", before, after, by=by)

    @transaction.atomic
    def change_profile(self, *, by: User, **values: str) -> bool:
        """Store what the contact says about themselves; returns whether anything changed.

        The audit trail says that it was done, without the values. The next message already follows it.
        """
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            self.note_change(name, getattr(self, name), values[name], by=by)
            setattr(self, name, values[name])
        if changed:
            self.save(update_fields=changed)
            AuditEntry.note(self, "changed own profile", by=by)
        return bool(changed)

    @transaction.atomic
    def change_email(self, email: str, *, by: User) -> bool:
        """Store an address that this contact has proved to read; returns whether it changed. `by` is their user.

        It is one mailbox: other contacts of the same user that have the old address get the new one too, and the user
        signs in with it. Raises ValueError if another active user signs in with it.
        """
        if User.objects.filter(email__iexact=email, is_active=True).exclude(pk=by.pk).exists():
            raise ValueError(_("Somebody else signs in with this address."))
        old = self.email
        mine = [self] if not old else [*Contact.objects.filter(portal_user=by, email__iexact=old)]
        changed = [contact for contact in mine if contact.email != email]
        for contact in changed:
            contact.note_change("email", contact.email, email, by=by)
            contact.email = email
            contact.save(update_fields=["email"])
            AuditEntry.note(contact, "changed own email address", by=by)
        by.email = self.email = email
        by.save(update_fields=["email"])
        return bool(changed)

    @transaction.atomic
    def sign_in_follows(self, *, by: object) -> bool:
        """Let the contact sign in with the email address that staff (`by`) have entered; returns whether they do.

        They do not if it is empty, or if another active user signs in with it.
        """
        user, others = self.portal_user, User.objects.filter(email__iexact=self.email, is_active=True)
        if user is None or user.is_staff or not self.email or others.exclude(pk=user.pk).exists():
            return False
        user.email = self.email
        user.save(update_fields=["email"])
        AuditEntry.note(user, "signs in with another address", by=by, kind=AuditKind.SIGN_IN)
        return True

    def note_change(self, what: str, before: str, after: str, *, by: User) -> None:
        ProfileChange.objects.create(contact=self, by=by, what=what, before=before, after=after)

    @transaction.atomic
    def undo_changes(self, *, of: User | None, since: dt.datetime, by: User | None) -> bool:
        """Undo what `of` has changed `since` (aware), unless somebody else changed it after them.

        `by` is the staff user who says that it was not the contact. Returns whether anything changed.
        """
        rows = self.profile_changes.filter(by=of, at__gte=since).order_by("what", "at", "pk")
        by_what = [(what, list(of_one)) for what, of_one in groupby(rows, lambda row: row.what)]
        undone = [self._set_back(what, of_one[0].before, of_one[-1].after) for what, of_one in by_what]
        if self.portal_user == of:  # otherwise somebody else has used the profile page since
            undone += [self._set_consent_back(channel, since, by) for channel in Channel]
        if any(undone):
            AuditEntry.note(self, "changes of the wrong person taken back", by=by)
        return any(undone)

    def _set_back(self, what: str, before: str, after: str) -> bool:
        """Set one value back, if it is still what they set it to."""
        if what.startswith(MESSAGE):
            _message, event, channel = what.split(":")
            if self.wants(event, channel) != (after == YES) or before == after:
                return False
            self.choose(event, channel, is_wanted=before == YES)
            return True
        unchanged = Contact.objects.filter(pk=self.pk, **{what: after}).exclude(**{what: before})
        # Whether the address of before takes mail is asked again.
        afresh = {"email_bounced_at": None, "email_bounce": ""} if what == "email" else {}
        values = {what: before} | afresh
        if not unchanged.update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True

    def _set_consent_back(self, channel: Channel, since: dt.datetime, by: User | None) -> bool:
        """Opt the contact out or in again as at `since`, if the profile page made the last change."""
        rows = self.opt_outs.filter(channel=channel)
        had = rows.filter(Q(ended_at=None) | Q(ended_at__gte=since), since__lt=since).exists()
        last = rows.order_by("since").last()
        if last is None or had == (last.ended_at is None):
            return False
        if (last.ended_how if had else last.how) != OptOutSource.PROFILE:
            return False
        if had:
            self.opt_out(channel, how=OptOutSource.STAFF, by=by)
        else:
            self.opt_in(channel, how=OptOutSource.STAFF, by=by)
        return True

    @classmethod
    def renew_opt_outs(cls, contacts: "Iterable[Contact]") -> None:
        """Renew the opt-outs of contacts whose address has come back, in the caller's transaction.

        Harmless when repeated.
        """
        made = list(contacts)
        for channel in Channel:
            back = ErasedAddress.take([contact.address_on(channel) for contact in made], f"{OPT_OUT}{channel}")
            for contact in made:
                if contact.address_on(channel) in back:
                    OptOut.objects.get_or_create(
                        contact=contact, channel=channel, ended_at=None, defaults={"how": OptOutSource.BEFORE}
                    )
