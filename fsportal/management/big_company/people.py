"""Accounts with their contacts, portal users, opt-outs and invitations."""

import datetime as dt
import uuid
from collections.abc import Iterator

from django.contrib.auth.hashers import make_password

from fsportal.lib import codes
from fsportal.management.big_company.bulk import Row, write
from fsportal.management.big_company.plan import BEGAN, Plan
from fsportal.models import Account, Contact, OptOut, User
from portal.models import Invitation, Redemption

FIRST = (
    "Ann", "Omar", "Grace", "Jürgen", "María", "Siobhán", "Wei", "Fatima", "Liam", "Olga", "Noah", "Amélie", "Kofi",
    "Yuki", "Ingrid", "Pedro", "Zoë", "Ivan", "Chloe", "Rahul", "Hannah", "Tomás", "Leila", "Björn", "Aisha",
)  # fmt: skip
LAST = (
    "Smith", "Haddad", "O'Malley", "Weiß", "Carreño", "O'Brien", "Chen", "Khan", "Murphy", "Ivanova", "Johnson",
    "Dubois", "Mensah", "Tanaka", "Larsen", "Silva", "Meier", "Petrov", "Brown", "Patel", "Schmidt", "Novák", "Haidari",
    "Lindqvist", "Okafor", "Jones", "Garcia", "Rossi", "Nowak", "Kowalski", "Andersson", "Moreau", "Fischer", "Walker",
    "Young", "Evans", "Costa", "Horvat", "Popescu", "Yilmaz",
)  # fmt: skip
TRADES = ("Bakery", "Dental Practice", "Garage", "Logistics", "Hotel", "School", "Law Firm", "Brewery", "Clinic")
PLACES = (
    ("London", "GB", "Europe/London", 51.51, -0.13, "en"),
    ("Berlin", "DE", "Europe/Berlin", 52.52, 13.40, "de"),
    ("Paris", "FR", "Europe/Paris", 48.86, 2.35, "fr"),
    ("New York", "US", "America/New_York", 40.71, -74.01, "en"),
    ("Dubai", "AE", "Asia/Dubai", 25.20, 55.27, "ar"),
    ("Haifa", "IL", "Asia/Jerusalem", 32.79, 34.99, "he"),
)
#: An account has this many contacts on average.
PER_ACCOUNT = 1.25


def accounts(plan: Plan) -> Iterator[Row]:
    for number in range(max(1, int(plan.contacts / PER_ACCOUNT))):
        city, country, zone, latitude, longitude, _language = PLACES[number % len(PLACES)]
        key, last = plan.key(), LAST[number * 7 % len(LAST)]
        plan.accounts.append(key)
        household = plan.happens(0.6)
        yield {
            "id": key,
            "name": f"{last} household {number:06}"
            if household
            else f"{last} {plan.chance.choice(TRADES)} {number:06}",
            "external_id": f"A-{number:07}",
            "street": f"{number % 300 + 1} {plan.chance.choice(LAST)} Street",
            "city": city,
            "postal_code": f"{number % 90000 + 10000}",
            "country": country,
            "latitude": latitude + plan.chance.uniform(-0.2, 0.2),
            "longitude": longitude + plan.chance.uniform(-0.2, 0.2),
            "time_zone": zone,
            "is_excluded": plan.happens(0.01),
            "is_active": not plan.happens(0.02),
            "created_at": plan.now - BEGAN + plan.within(BEGAN / 2),
        }


def contacts(plan: Plan) -> Iterator[Row]:
    for number in range(plan.contacts):
        account = plan.accounts[number % len(plan.accounts)]
        language = PLACES[number % len(plan.accounts) % len(PLACES)][-1]
        key, name = plan.key(), f"{plan.chance.choice(FIRST)} {plan.chance.choice(LAST)}"
        plan.people.append((key, account, name))
        yield {
            "id": key,
            "account_id": account,
            "name": name,
            "email": f"{name.rsplit(maxsplit=1)[-1].lower().replace(chr(39), '')}.{number}@example.com",
            "mobile_phone": f"+4420794{number % 1000000:06}" if plan.happens(0.8) else "",
            "language": language,
            "created_at": plan.now - BEGAN + plan.within(BEGAN / 2),
        }


def opt_outs(plan: Plan) -> Iterator[Row]:
    for key, _account, _name in plan.people[::40]:
        yield {"contact_id": key, "channel": "sms", "since": plan.now - plan.within(BEGAN / 2), "how": "profile"}


def users(plan: Plan) -> list[Row]:
    """Return portal users for every tenth contact."""
    nobody = make_password(None)
    return [
        {
            "id": plan.key(),
            "username": f"customer{number:07}",
            "email": f"customer{number:07}@example.com",
            "first_name": name.split()[0],
            "last_name": name.split()[-1],
            "password": nobody,
            "date_joined": plan.now - plan.within(BEGAN / 2),
        }
        for number, (_key, _account, name) in enumerate(plan.people[::10])
    ]


def fill(plan: Plan) -> None:
    write(Account, accounts(plan))
    write(Contact, contacts(plan))
    write(OptOut, opt_outs(plan))
    invited = plan.people[::10]
    portal_users = users(plan)
    write(User, portal_users)
    pairs = list(zip(invited, portal_users, strict=True))
    made = [_invitation(plan, account) for (_key, account, _name), _user in pairs]
    write(Invitation, made)
    through = Invitation.contacts.through
    invitees = ({"invitation_id": one["id"], "contact_id": pair[0][0]} for one, pair in zip(made, pairs, strict=True))
    write(through, invitees)
    write(Redemption, (_redemption(plan, one, *pair) for one, pair in zip(made, pairs, strict=True)))


def _invitation(plan: Plan, account: uuid.UUID) -> Row:
    at = plan.now - plan.within(BEGAN)
    return {
        "id": plan.key(),
        "public_id": "".join(plan.chance.choices(codes.TYPED_ALPHABET, k=codes.TYPED_PUBLIC_LENGTH + 4)),
        "account_id": account,
        "redeemed_count": 1,
        "created_at": at,
        "sent_at": at,
    }


def _redemption(plan: Plan, invitation: Row, person: tuple[uuid.UUID, uuid.UUID, str], user: Row) -> Row:
    at = invitation["created_at"] + plan.within(dt.timedelta(days=2))
    return {
        "id": plan.key(),
        "invitation_id": invitation["id"],
        "contact_id": person[0],
        "user_id": user["id"],
        "redeemed_at": min(at, plan.now),
        "made_user": True,
    }
