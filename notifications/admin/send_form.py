"""The form in which staff send an in-app notification to named users, a business unit or a group."""

import re
import uuid
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import BusinessUnit, User
from notifications.inapp.draft import DAY, AppNotificationDraft
from notifications.inapp.links import href
from notifications.models import IconType, Priority, ToastType
from notifications.models.app_notification import BODY_LENGTH, LONGEST_TTL, TITLE_LENGTH

MOST_NAMES = 200
ICONS = [choice for choice in IconType.choices if choice[0] != IconType.CUSTOM]


class SendForm(forms.Form):
    """What to send, and to whom. `sending` makes a double click harmless."""

    sending = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=TITLE_LENGTH)
    body = forms.CharField(
        label=gettext_lazy("Body"),
        max_length=BODY_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )
    users = forms.CharField(
        label=gettext_lazy("To users"),
        required=False,
        help_text=gettext_lazy("User names, one per line or with commas between them."),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
    )
    business_unit = forms.ModelChoiceField(
        label=gettext_lazy("To a business unit"), queryset=BusinessUnit.objects.order_by("name"), required=False
    )
    group = forms.ModelChoiceField(
        label=gettext_lazy("To a group"), queryset=Group.objects.order_by("name"), required=False
    )
    priority = forms.TypedChoiceField(label=gettext_lazy("Priority"), choices=Priority.choices, coerce=int)
    icon_type = forms.TypedChoiceField(label=gettext_lazy("Icon"), choices=ICONS, coerce=int)
    toast_type = forms.TypedChoiceField(label=gettext_lazy("Toast"), choices=ToastType.choices, coerce=int)
    days = forms.IntegerField(
        label=gettext_lazy("Expires after, days"),
        required=False,
        min_value=1,
        max_value=LONGEST_TTL // DAY,
        help_text=gettext_lazy("Empty: as the settings say."),
    )
    link_title = forms.CharField(label=gettext_lazy("Button, its words"), max_length=100, required=False)
    link = forms.CharField(
        label=gettext_lazy("Button, its address"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("https://…, tel:…, mailto:…, a path of this portal, or ?pagetype=…"),
    )

    def clean_users(self) -> list[User]:
        names = list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", self.cleaned_data["users"]))))
        if len(names) > MOST_NAMES:
            raise forms.ValidationError(_("These are more than 200 names. Choose a group or a business unit."))
        found = {user.username: user for user in User.objects.filter(username__in=names)}
        unknown = [name for name in names if name not in found]
        if unknown:
            raise forms.ValidationError(
                _("Nobody here is called: %(names)s"), params={"names": ", ".join(unknown[:10])}
            )
        return list(found.values())

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"].strip()
        if link and href(link) is None:
            raise forms.ValidationError(_("A notification may not open this address."))
        return link

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "users" in data and not (data["users"] or data.get("business_unit") or data.get("group")):
            self.add_error("users", _("Say whom it goes to: users, a business unit or a group."))
        if "link" in data and bool(data["link"]) != bool(data.get("link_title")):
            self.add_error("link", _("A button takes both words and an address."))
        return data

    def recipients(self) -> "QuerySet[User]":
        """Return all recipients, each once."""
        data = self.cleaned_data
        wanted = Q(pk__in=[user.pk for user in data["users"]])
        if data["business_unit"]:
            wanted |= Q(business_unit=data["business_unit"])
        if data["group"]:
            wanted |= Q(pk__in=User.groups.through.objects.filter(group=data["group"]).values("user_id"))
        return User.objects.filter(wanted)

    def draft(self) -> AppNotificationDraft:
        """Return the notification to send. Raises InvalidParameter."""
        data = self.cleaned_data
        button = {"title": data["link_title"], "data": {"url": data["link"]}}
        return AppNotificationDraft.of(
            title=data["title"],
            body=data["body"],
            priority=data["priority"],
            icon_type=data["icon_type"],
            toast_type=data["toast_type"],
            expiry=data["days"] * DAY if data["days"] else None,
            actions={"actions": [button]} if data["link"] else None,
        )

    @classmethod
    def empty(cls) -> "SendForm":
        return cls(initial={"sending": uuid.uuid4()})
