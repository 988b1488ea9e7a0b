"""The ground floor's personal data: how contacts, users, trails, sign-in and settings are exported and erased."""

import uuid
from importlib import import_module
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from fsportal.lib.personal_data import ERASED, Disposition, Line, Refused, blank, erase, holding, kept, naming, told
from fsportal.lib.text import folded
from fsportal.models import (
    Account,
    ApiToken,
    AuditEntry,
    AuditKind,
    Contact,
    ErasedAddress,
    MessageChoice,
    OptOut,
    Person,
    PortalSettings,
    ProfileChange,
    SavedView,
    Site,
    User,
)
from fsportal.models.erased_address import OPT_OUT

HANDLED = {
    "fsportal.Contact": "stays nameless, as work orders and messages are about it",
    "fsportal.User": "erased; staff stay closed and nameless, as the history is theirs",
    "fsportal.User_groups": "erased",
    "fsportal.User_user_permissions": "erased",
    "fsportal.ProfileChange": "erased",
    "fsportal.MessageChoice": "erased",
    "fsportal.OptOut": "becomes a keyed hash of the address",
    "fsportal.AuditEntry": "actions stay; names, addresses, reasons, before and after are blanked",
    "fsportal.ApiToken": "erased",
    "fsportal.Account": "stays: it is the customer, not the person; they are no longer its primary contact",
    "fsportal.Site": "stays: a place of work of the customer; of a household it may be the person's home",
    "fsportal.SavedView": "erased",
    "fsportal.PortalSettings": "taken off the guest list",
    "fsportal.PortalSettings_on_call": "erased",
    "fsportal.ErasedAddress": "what stays of them: keyed hashes",
}
NOT_PERSONAL = {
    "fsportal.BusinessUnit": "a part of the company",
    "fsportal.CountedDay": "which days are counted",
    "fsportal.ScheduledRun": "the worker's own",
    "fsportal.Tally": "keyed hashes, deleted a day after the limit that they count for is over",
    "fsportal.WorkerHeartbeat": "the worker's own",
}

#: What belongs to a user and is erased with it.
OF_USERS: tuple[tuple[str, Any], ...] = (
    ("API tokens", ApiToken),
    ("saved views of lists", SavedView),
    ("being on call", PortalSettings.on_call.through),
    ("places where they were signed in", UserSession),
    ("passkeys, authenticator apps and recovery codes", Authenticator),
    ("outside accounts", SocialAccount),
    ("addresses for sign-in", EmailAddress),
)


def _contacts(person: Person) -> QuerySet[Contact]:
    return Contact.objects.filter(pk__in=person.contacts)


def _sites(person: Person) -> QuerySet[Site]:
    return Site.objects.filter(account__in=Account.objects.filter(contacts__in=person.contacts))


def _users(person: Person) -> QuerySet[User]:
    return User.objects.filter(pk__in=person.users)


def _opt_outs(person: Person) -> QuerySet[OptOut]:
    return OptOut.objects.filter(contact__in=person.contacts)


def _choices(person: Person) -> QuerySet[MessageChoice]:
    return MessageChoice.objects.filter(contact__in=person.contacts)


def _profile_changes(person: Person) -> QuerySet[ProfileChange]:
    """Return changes to their contacts, changes by them, and changes that gave another contact their address."""
    theirs = holding(ProfileChange.objects.all(), person.addresses, "before", "after")
    mine = Q(contact__in=person.contacts) | Q(by__in=person.users)
    return ProfileChange.objects.filter(mine | Q(pk__in=theirs.values("pk")))


def records(person: Person) -> list[QuerySet[Any]]:
    """Return the records that audit trail and admin log may mention."""
    tokens = ApiToken.objects.filter(user__in=person.users)
    return [_contacts(person), _users(person), _opt_outs(person), _choices(person), tokens]


def about(rows: list[QuerySet[Any]], entries: QuerySet[Any], kind: str, key: str) -> QuerySet[Any]:
    found = Q(pk__in=[])
    for of_one in rows:
        ids = [str(pk) for pk in of_one.order_by().values_list("pk", flat=True)]
        found |= Q(**{kind: ContentType.objects.get_for_model(of_one.model), f"{key}__in": ids})
    return entries.filter(found)


# --- Export -----------------------------------------------------------------------------------------------------------
def export(person: Person) -> dict[str, Any]:
    """Return what is held, without passwords, tokens, secrets of second factors, and what others did."""
    trail = about([_contacts(person), _users(person)], AuditEntry.objects.all(), "subject_type", "subject_id")
    bounce = ("email_bounced_at", "email_bounce")
    written = ("name", "email", *bounce, "mobile_phone", "language", "time_zone", "created_at")
    place = ("street", "city", "postal_code", "country")
    opted = ("channel", "since", "how", "ended_at", "ended_how")
    named = ("username", "first_name", "last_name", "email", "is_staff", "is_active", "date_joined", "last_login")
    mine = {"user__in": person.users}
    changed = ProfileChange.objects.filter(contact__in=person.contacts).filter(Q(by__in=person.users) | Q(by=None))
    return {
        "contacts": told(
            _contacts(person).order_by("created_at"), *written, "account__name", *(f"account__{part}" for part in place)
        ),
        "sites": told(_sites(person).order_by("account", "name"), "account__name", "name", *place),
        "users": told(_users(person), *named),
        "opt_outs": told(_opt_outs(person).order_by("since"), *opted),
        "message_choices": told(_choices(person), "event", "channel", "is_wanted", "chosen_at"),
        "profile_changes": told(changed.order_by("at"), "at", "what", "before", "after"),
        "audit_entries": told(trail.order_by("at"), "at", "action", "why", "changes", "address", "number", "last_at"),
        "own_actions": told(
            AuditEntry.objects.filter(by__in=person.users).order_by("at"), "at", "action", "subject_type", "address"
        ),
        "saved_views": told(SavedView.objects.filter(**mine).order_by("pk"), "of_list", "name", "query", "search"),
        "sign_in": {
            "email_addresses": told(EmailAddress.objects.filter(**mine), "email", "verified", "primary"),
            "sessions": told(UserSession.objects.filter(**mine), "created_at", "last_seen_at", "ip", "user_agent"),
            "authenticators": told(Authenticator.objects.filter(**mine), "type", "created_at", "last_used_at"),
            "social_accounts": told(
                SocialAccount.objects.filter(**mine), "provider", "uid", "last_login", "date_joined"
            ),
            "api_tokens": told(
                ApiToken.objects.filter(**mine), "name", "created_at", "expires_at", "revoked_at", "last_used_at"
            ),
        },
    }


# --- Erasure ----------------------------------------------------------------------------------------------------------
def check(person: Person, technicians: set[uuid.UUID]) -> None:
    """Raise Refused for staff who are still active, and for the fallback contact of all messages."""
    working = _users(person).filter(is_active=True).filter(_of_staff(technicians))
    if names := ", ".join(working.values_list("username", flat=True)):
        raise Refused(
            f"{names} is still active as staff. Deactivate the user first, and have their work done by others."
        )
    if PortalSettings.objects.filter(fallback_contact__in=person.contacts).exists():
        raise Refused("Messages of others go to this contact (Customer Portal > Settings). Choose another one first.")


def _of_staff(technicians: set[uuid.UUID]) -> Q:
    rights = Q(is_staff=True) | Q(is_superuser=True) | Q(groups__isnull=False) | Q(user_permissions__isnull=False)
    return rights | Q(pk__in=technicians) | Q(pk__in=LogEntry.objects.values("user"))


def forget_trails(person: Person, rows: list[QuerySet[Any]]) -> list[Line]:
    """Blank names and reasons in what was noted about these records, before they are erased; actions stay."""
    entries, log = AuditEntry.objects.all(), LogEntry.objects.all()
    came_in = Q(action="redeemed", why__in=person.names)  # redeeming a group invitation notes a name as the reason
    spoken = about(rows, entries, "subject_type", "subject_id").values("pk")
    held = entries.annotate(held=Cast("changes", TextField()))
    named_in = naming(held, person.marks, "why", "subject_name", "held").values("pk")
    why = entries.filter(Q(pk__in=spoken) | Q(pk__in=named_in) | came_in)
    said = why.exclude(why="", subject_name="", changes={}).values("pk")
    theirs = entries.filter(Q(by__in=person.users) | Q(pk__in=spoken.filter(kind=AuditKind.SIGN_IN, by=None)))
    by_them = theirs.exclude(by_name="", address=None).values("pk")
    shown = about(rows, log, "content_type", "object_id").values("pk")
    named = naming(log, person.marks, "object_repr", "change_message")
    logged = log.filter(Q(pk__in=shown) | Q(pk__in=named)).exclude(object_repr=ERASED, change_message="")
    return [
        blank("names and addresses in the audit trail", _all_of(by_them), by_name="", address=None),
        blank("reasons and changes in the audit trail", _all_of(said), why="", subject_name="", changes={}),
        blank("entries of the Settings area's log", logged, object_repr=ERASED, change_message=""),
    ]


def _all_of(entries: QuerySet[Any]) -> QuerySet[AuditEntry]:
    """Return the entries by their keys: no database changes rows by what it computes of them."""
    return AuditEntry.objects.filter(pk__in=list(entries.values_list("pk", flat=True)))


def forget(person: Person, technicians: set[uuid.UUID]) -> list[Line]:
    """Blank or delete it, in the caller's transaction. Must run after the other apps."""
    return [
        *_forget_consent(person),
        erase("changes of the profile", _profile_changes(person)),
        _take_off_guest_list(person),
        Line(Disposition.CLOSED, "sessions", _end_sessions(person)),
        *(erase(what, model._default_manager.filter(user__in=person.users)) for what, model in OF_USERS),
        erase("saved views of others that name them", naming(SavedView.objects.all(), person.marks, "name", "search")),
        *_forget_users(person, technicians),
        *_forget_contacts(person),
    ]


def _forget_consent(person: Person) -> list[Line]:
    others = Contact.objects.exclude(pk__in=person.contacts)
    for opt_out in _opt_outs(person).filter(ended_at=None).select_related("contact"):
        address = opt_out.contact.address_on(opt_out.channel)
        # If somebody else has the address too, such as a household's telephone, their own choice counts.
        if address and not holding(others, [address], "email", "mobile_phone").exists():
            ErasedAddress.keep(address, f"{OPT_OUT}{opt_out.channel}")
    return [
        erase("opt-outs", _opt_outs(person), "those in force stay as a keyed hash of the address"),
        erase("choices of messages", _choices(person)),
    ]


def _take_off_guest_list(person: Person) -> Line:
    portal_settings = PortalSettings.objects.filter(pk=1).first()
    lines = portal_settings.guest_list.splitlines() if portal_settings else []
    left = [line for line in lines if folded(line).replace(" ", "") not in person.addresses]
    if portal_settings and len(left) < len(lines):
        PortalSettings.objects.filter(pk=1).update(guest_list="\n".join(left))
    return Line(Disposition.ERASED, "addresses on the guest list", len(lines) - len(left))


def _end_sessions(person: Person) -> int:
    """Delete all sessions of their users, and visitors' sessions that hold one of their addresses."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        return 0  # kept outside the database, they expire, and open nothing without the user
    users, contacts = {str(pk) for pk in person.users}, [str(pk) for pk in person.contacts]
    found = 0
    for row in Session.objects.iterator():
        data = store().decode(row.session_data)
        said = str(data).lower()
        if data.get(SESSION_KEY) in users or any(mark.lower() in said for mark in [*person.marks, *contacts]):
            store.end(row.session_key)
            found += 1
    return found


def _forget_users(person: Person, technicians: set[uuid.UUID]) -> list[Line]:
    staff = list(_users(person).filter(_of_staff(technicians)).distinct())
    for user in staff:
        user.groups.clear()
        user.user_permissions.clear()
        closed = {"is_active": False, "is_staff": False, "is_superuser": False, "last_login": None}
        nameless = {"first_name": "", "last_name": "", "email": "", "password": make_password(None)}
        User.objects.filter(pk=user.pk).update(username=f"erased-{user.pk.hex[:12]}", **nameless, **closed)
    lines = [erase("users", _users(person).exclude(pk__in=[user.pk for user in staff]))]
    return (
        [*lines, kept("users of staff", len(staff), "closed and nameless: the history is theirs")] if staff else lines
    )


def _forget_contacts(person: Person) -> list[Line]:
    accounts = Account.objects.filter(contacts__in=person.contacts).distinct()
    household = [one for one in accounts if _may_be_named_after(one, person)]
    Account.objects.filter(primary_contact__in=person.contacts).update(primary_contact=None)
    nameless: dict[str, Any] = {
        "name": ERASED,
        "email": "",
        "email_bounced_at": None,
        "email_bounce": "",
        "mobile_phone": "",
        "language": "en",
        "time_zone": "",
        "portal_user": None,
    }
    lines = [blank("contacts: name, addresses, sign-in", _contacts(person), **nameless)]
    for contact in _contacts(person):
        AuditEntry.note(contact, "person erased", kind=AuditKind.PERSONAL_DATA)
    lines.append(kept("accounts", accounts.count(), "the customer, with the address of its visits"))
    lines.append(kept("further sites", _sites(person).count(), "the customer's places of work"))
    why = "nobody else is a contact, or it has the name: if that is the person, rename it and clear its address by hand"
    return lines + [kept(f"of them “{one.name}”, {one.pk}", 1, why) for one in household]


def _may_be_named_after(account: Account, person: Person) -> bool:
    alone = not account.contacts.exclude(pk__in=person.contacts).exists()
    return alone or any(name.lower() in account.name.lower() for name in person.names)
