"""The page on which staff choose how long toasts stay, which staff cards they get, and which records are muted."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from fsportal.models import User
from fsportal.settings_area.parts import ago
from notifications.inapp import staff_cards
from notifications.inapp.staff_cards import StaffCardKind
from notifications.inapp.views import frame, with_bell
from notifications.models import AppNotification, InAppPreferences, Mute, ToastTime

#: Mutes shown at once; more appear as some are taken back.
MOST_MUTES = 50


@dataclass(frozen=True)
class Muted:
    """One muted record, as the page shows it."""

    mute: Mute
    what: str
    name: str

    @property
    def since(self) -> str:
        return ago(self.mute.since)


class PreferencesForm(forms.Form):
    """Toast time, and the kinds of staff cards that are wanted: a tick means wanted."""

    toast_time = forms.ChoiceField(
        label=gettext_lazy("How long a toast stays"),
        choices=ToastTime.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how long a toast stays.")},
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What you want to hear of"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = self.fields["kinds"]
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = [(kind.name, kind.label) for kind in staff_cards.kinds()]

    def kinds_shown(self) -> Iterator[tuple[Any, StaffCardKind]]:
        """Yield each kind's box with the kind, which says what its cards tell and until when."""
        kinds = {kind.name: kind for kind in staff_cards.kinds()}
        for box in self["kinds"]:
            yield box, kinds[str(box.data["value"])]


@require_http_methods(["GET", "HEAD", "POST"])
@with_bell
def preferences(request: HttpRequest, user: User) -> HttpResponse:
    """Show the choices; a POST saves them."""
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=_chosen(user))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["kinds"]
        InAppPreferences.choose(
            user,
            toast_time=form.cleaned_data["toast_time"],
            unwanted_kinds=[kind.name for kind in staff_cards.kinds() if kind.name not in wanted],
        )
        messages.success(request, _("Your choices are saved."))
        return redirect("notification-preferences")
    title = _("Notification preferences")
    context = {"form": form, "muted": _muted(user), **frame(request, user, title)}
    return render(request, "notifications/inapp/preferences.html", context)


@require_POST
@with_bell
def mute(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    """Mute the record that one of the user's own staff cards is about; 404 for other cards."""
    row = AppNotification.objects.filter(owner=user, pk=pk, regarding_id__isnull=False).exclude(kind="").first()
    if row is None or row.regarding_type is None or row.regarding_id is None:
        raise Http404
    Mute.mute(user, row.regarding_type, row.regarding_id)
    messages.success(request, _("Muted. You hear nothing more about this record; what people send you still comes."))
    return redirect("notification-center")


@require_POST
@with_bell
def unmute(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    Mute.unmute(user, pk)
    messages.success(request, _("You hear of this record again."))
    return redirect("notification-preferences")


def _chosen(user: User) -> dict[str, Any]:
    chosen = InAppPreferences.of(user)
    wanted = [kind.name for kind in staff_cards.kinds() if kind.name not in chosen.unwanted_kinds]
    return {"toast_time": chosen.toast_time, "kinds": wanted}


def _muted(user: User) -> list[Muted]:
    """Return the newest mutes, with one query per type of record."""
    mutes = list(Mute.objects.filter(user=user).select_related("regarding_type").order_by("-since")[:MOST_MUTES])
    of_type: dict[ContentType, list[uuid.UUID]] = {}
    for one in mutes:
        of_type.setdefault(one.regarding_type, []).append(one.regarding_id)
    records = {
        (kind.pk, record.pk): str(record)
        for kind, ids in of_type.items()
        for record in kind.get_all_objects_for_this_type(pk__in=ids)
    }
    gone = _("a record that has been deleted")
    return [
        Muted(one, one.regarding_type.name, records.get((one.regarding_type_id, one.regarding_id), gone))
        for one in mutes
    ]
