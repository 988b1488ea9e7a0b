"""What a search of the message log finds, among a million messages."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from fsportal.models import Contact
from fsportal.settings_area.search import words_of
from notifications.models import CustomerNotification

#: Texts are searched in this many messages, the newest: those of a million would take seconds.
SEARCHED = 5_000
#: If more contacts than this are called so, their messages are looked for among the newest only.
FEW = 300
OF_CONTACT = ["name", "email", "mobile_phone"]
#: Paths to addresses end so.
ADDRESSES = ("email", "mobile_phone", "to")


def found(text: str, *, by_address: bool) -> QuerySet[Any]:
    """Return the primary keys of the messages in which each word is found, or whose provider's id it is.

    Addresses are looked through only for those who may read them.
    """
    rows, words = CustomerNotification.objects.order_by(), words_of(text)
    people = Contact.objects.filter(*(_in(OF_CONTACT, word, by_address=by_address) for word in words)).order_by()
    said = [*(f"contact__{name}" for name in OF_CONTACT), "to", "subject", "words"]
    # Joined: of SEARCHED messages the contacts are few, and to look for the word in all contacts takes longer.
    says = (_in(said, word, by_address=by_address) for word in words)
    newest = rows.filter(*says, created_at__gte=_searched_since())
    some = list(people.values_list("pk", flat=True)[: FEW + 1])
    theirs = [rows.filter(contact__in=some).values("pk")] if 0 < len(some) <= FEW else []
    return rows.filter(provider_id=text).values("pk").union(newest.values("pk"), *theirs)


def _in(paths: Sequence[str], word: str, *, by_address: bool) -> Q:
    asked = [path for path in paths if by_address or not path.endswith(ADDRESSES)]
    return Q(*((f"{path}__icontains", word) for path in asked), _connector=Q.OR)


def _searched_since() -> dt.datetime:
    """Return when the oldest message was made whose text is searched."""
    moments = CustomerNotification.objects.order_by("-created_at").values_list("created_at", flat=True)
    return next(iter(moments[SEARCHED : SEARCHED + 1]), dt.datetime.min.replace(tzinfo=dt.UTC))
