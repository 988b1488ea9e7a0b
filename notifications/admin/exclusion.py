"""The exclusion list, on the pages of accounts and of work order types."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.models import AuditEntry
from fsportal.settings_area.parts import ATTENTION, GOOD, AnyAdmin, dot


class ExclusionActions(AnyAdmin):
    """Bulk actions that exclude records from messages, and the column that says which are excluded."""

    @admin.action(description=gettext_lazy("Put on the exclusion list"), permissions=["change"])
    def put_on_list(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set(request, queryset, True)

    @admin.action(description=gettext_lazy("Take off the exclusion list"), permissions=["change"])
    def take_off_list(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set(request, queryset, False)

    def _set(self, request: HttpRequest, queryset: QuerySet[Any], excluded: bool) -> None:
        changed = list(queryset.filter(is_excluded=not excluded))
        queryset.filter(is_excluded=not excluded).update(is_excluded=excluded)
        action = "put on the exclusion list" if excluded else "taken off the exclusion list"
        for record in changed:
            AuditEntry.note(record, action, by=request.user)
        words = ngettext("%(count)d changed.", "%(count)d changed.", len(changed)) % {"count": len(changed)}
        self.message_user(request, words)

    @admin.display(description=gettext_lazy("messages"), ordering="is_excluded")
    def told(self, record: Any) -> SafeString:
        return dot(_("Excluded"), ATTENTION) if record.is_excluded else dot(_("Told"), GOOD)
