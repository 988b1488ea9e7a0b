"""Staff users with their business units, and the customers: accounts with their contacts."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib.phones import validate_e164
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import validate_zone
from fsportal.models.audit import AuditEntry
from fsportal.models.consent import Channel, MessageChoice, OptOut
from fsportal.models.erased_address import ErasedAddress
from fsportal.models.profile_change import MESSAGE, NO, YES, ProfileChange


class BusinessUnit(models.Model):
    """A part of the company; units form a tree, along which privileges reach (seed: Local, Deep, Global)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True, validators=[validate_no_control])
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent unit")
    )

    class Meta:
        verbose_name = _("business unit")
        verbose_name_plural = _("business units")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="business_unit_not_its_own_parent",
                violation_error_message=_("A business unit cannot be its own parent."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a parent that is this unit or one below it."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": _("This unit lies below the chosen parent's own unit.")})
            above = above.parent


class User(AbstractUser):
    """Somebody who signs in. The primary key is the systemuser GUID that API clients use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    business_unit = models.ForeignKey(
        BusinessUnit, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("business unit")
    )

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]  # django-stubs: AbstractUser.Meta is untyped
        pass

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the address in lower case, as it is looked up at sign-in."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)


class Address(models.Model):
    """A place of work: postal address, coordinates (WGS 84 degrees) and IANA time zone."""

    street = models.CharField(_("street"), max_length=200, blank=True, validators=[validate_no_control])
    city = models.CharField(_("city"), max_length=100, blank=True, validators=[validate_no_control])
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, validators=[validate_no_control])
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("Two letters, for example GB (ISO 3166-1).")
    )
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_zone],
        help_text=_("For example Europe/London. Every time that the customer reads is in this zone."),
    )

    class Meta:
        abstract = True

    def address_line(self) -> str:
        """Return the address on one line."""
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        return ", ".join(part for part in (self.street, town, self.country) if part)

    @property
    def coordinates(self) -> tuple[float, float] | None:
        """Return latitude and longitude in degrees, or None when either is unknown."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class Account(Address):
    """A customer organisation or household, with its service address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, db_index=True, validators=[validate_no_control])
    external_id = models.CharField(
        _("external id"), max_length=100, unique=True, null=True, blank=True, help_text=_("Its id in another system.")
    )
    primary_contact = models.ForeignKey(
        "Contact", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("primary contact")
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_excluded = models.BooleanField(
        _("on the exclusion list"),
        default=False,
        help_text=_("Nobody of an excluded account is ever sent a message."),
    )
    shares_visits = models.BooleanField(
        _("contacts see each other's visits"),
        default=False,
        help_text=_("In the portal every contact of this account sees all of its visits, not only their own."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(time_zone=""),
                name="account_has_time_zone",
                violation_error_message=_("Write the time zone of the service address, for example Europe/London."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True) | Q(latitude__range=(-90, 90)), name="account_latitude_on_the_globe"
            ),
            models.CheckConstraint(
                condition=Q(longitude__isnull=True) | Q(longitude__range=(-180, 180)),
                name="account_longitude_on_the_globe",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an empty zone, and a primary contact of another account."""
        if not self.time_zone:
            raise ValidationError({"time_zone": _("Write the zone of the service address, such as Europe/London.")})
        if self.primary_contact and self.primary_contact.account_id != self.pk:
            raise ValidationError({"primary_contact": _("The primary contact must be a contact of this account.")})


class Contact(models.Model):
    """A person of an account, to whom messages go."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="contacts", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=200, validators=[validate_no_control])
    email = models.EmailField(_("email"), blank=True, db_index=True)
    mobile_phone = models.CharField(
        _("mobile phone"),
        max_length=16,
        blank=True,
        validators=[validate_e164],
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

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; an address whose person was erased after they had stopped messages is still not written to."""
        fields = kwargs.get("update_fields")
        with transaction.atomic():
            super().save(*args, **kwargs)
            if fields is None or {"email", "mobile_phone"}.intersection(fields):
                ErasedAddress.renew_opt_outs([self])

    def clean(self) -> None:
        """Refuse another account: this one's visits, messages and links are in the contact's hands."""
        stored = type(self).objects.select_related("account").filter(pk=self.pk).first()
        if stored is not None and stored.account_id != self.account_id:
            # About the whole contact: not every form about one shows the account.
            raise ValidationError(
                _("This contact stays with %(account)s. Make a new contact for the other account.")
                % {"account": stored.account}
            )

    def address_on(self, channel: str) -> str:
        """Return the email address or the E.164 number for `channel`, or an empty string."""
        return self.email if channel == Channel.EMAIL else self.mobile_phone

    def has_opted_out(self, channel: str) -> bool:
        """Tell whether this contact refuses messages on `channel` now."""
        return OptOut.objects.in_force().filter(contact=self, channel=channel).exists()

    @transaction.atomic
    def opt_out(self, channel: str, *, how: str, by: User | None = None, why: str = "") -> OptOut:
        """Stop all messages on `channel` from the next delivery on; harmless when repeated.

        `by` is the staff user who was told of it, and `why` what they were told; that is audited.
        """
        opt_out, created = OptOut.objects.get_or_create(
            contact=self, channel=channel, ended_at=None, defaults={"how": how}
        )
        if created and by is not None:
            AuditEntry.note(self, f"noted an opt-out: {channel}", by=by, why=why)
        return opt_out

    @transaction.atomic
    def opt_in(self, channel: str, *, how: str, by: User | None = None, why: str = "") -> bool:
        """Allow messages on `channel` again; harmless when repeated. Returns whether that changed anything."""
        in_force = OptOut.objects.in_force().filter(contact=self, channel=channel)
        changed = bool(in_force.update(ended_at=timezone.now(), ended_how=how))
        if changed and by is not None:
            AuditEntry.note(self, f"took back an opt-out: {channel}", by=by, why=why)
        return changed

    def wants(self, event: str, channel: str) -> bool:
        """Tell whether this contact takes messages about `event` on `channel`; without a word they do."""
        return not MessageChoice.objects.filter(contact=self, event=event, channel=channel, is_wanted=False).exists()

    def choose(self, event: str, channel: str, *, is_wanted: bool) -> None:
        """Keep whether this contact wants messages about `event` on `channel`; harmless when repeated."""
        if self.wants(event, channel) != is_wanted:
            MessageChoice.objects.update_or_create(
                contact=self,
                event=event,
                channel=channel,
                defaults={"is_wanted": is_wanted, "chosen_at": timezone.now()},
            )

    @transaction.atomic
    def choose_all(self, wanted: dict[tuple[str, str], bool], *, by: User) -> None:
        """Keep for each event and channel whether this contact, who is `by`, wants it; harmless when repeated."""
        for (event, channel), is_wanted in wanted.items():
            if self.wants(event, channel) != is_wanted:
                self.choose(event, channel, is_wanted=is_wanted)
                before, after = (NO, YES) if is_wanted else (YES, NO)
                ProfileChange.note(self, f"{MESSAGE}{event}:{channel}", before, after, by=by)

    @transaction.atomic
    def change_profile(self, *, by: User, **values: str) -> bool:
        """Take over what the contact says of themselves, and note that it was done (in the trail without the values).

        Returns whether anything changed. The next message goes by it.
        """
        changed = [name for name, value in values.items() if getattr(self, name) != value]
        for name in changed:
            ProfileChange.note(self, name, getattr(self, name), values[name], by=by)
            setattr(self, name, values[name])
        if changed:
            self.save(update_fields=changed)
            AuditEntry.note(self, "changed own profile", by=by)
        return bool(changed)

    @transaction.atomic
    def change_email(self, email: str, *, by: User) -> bool:
        """Take over an address that `by`, who is this contact, has proved to read; returns whether it is another one.

        It is one mailbox: where the same person has it as another contact, it changes there, too, and the person signs
        in with it. Raises ValueError when somebody else signs in with it; with a closed account nobody does.
        """
        if User.objects.filter(email__iexact=email, is_active=True).exclude(pk=by.pk).exists():
            raise ValueError(_("Somebody else signs in with this address."))
        old = self.email
        mine = [self] if not old else [*Contact.objects.filter(portal_user=by, email__iexact=old)]
        changed = [contact for contact in mine if contact.email != email]
        for contact in changed:
            ProfileChange.note(contact, "email", contact.email, email, by=by)
            contact.email = email
            contact.save(update_fields=["email"])
            AuditEntry.note(contact, "changed own email address", by=by)
        by.email = self.email = email
        by.save(update_fields=["email"])
        return bool(changed)

    @transaction.atomic
    def sign_in_follows(self, *, by: object) -> bool:
        """Let the contact sign in with the email that staff (`by`) have written, too; returns whether they do.

        They do not with none, nor with one that somebody else signs in with.
        """
        user, others = self.portal_user, User.objects.filter(email__iexact=self.email, is_active=True)
        if user is None or user.is_staff or not self.email or others.exclude(pk=user.pk).exists():
            return False
        user.email = self.email
        user.save(update_fields=["email"])
        AuditEntry.note(user, "signs in with another address", by=by)
        return True
