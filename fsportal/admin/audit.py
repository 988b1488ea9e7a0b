"""The audit trail in the Settings area."""

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import AuditEntry
from fsportal.settings_area.filters import choice_filter, recent_values
from fsportal.settings_area.parts import (
    ReadOnlyAdmin,
    company_moment,
)

ActionFilter = choice_filter(
    gettext_lazy("action"),
    "action",
    lambda: {action: (action, Q(action=action)) for action in recent_values(AuditEntry, "action")},
)


AboutFilter = choice_filter(
    gettext_lazy("about"),
    "about",
    lambda: {
        str(kind.pk): (kind.name, Q(subject_type=kind.pk))
        for kind in ContentType.objects.filter(pk__in=recent_values(AuditEntry, "subject_type")).order_by("model")
    },
)


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ["moment", "who", "action", "about", "why"]
    list_display_links = None
    list_filter = [ActionFilter, AboutFilter]
    list_select_related = ["by", "subject_type"]
    search_fields = ["action", "why", "by__username"]
    date_hierarchy = "at"
    sortable_by = ["moment"]

    @admin.display(description=gettext_lazy("at"), ordering="at")
    def moment(self, record: AuditEntry) -> str:
        return company_moment(record.at)

    @admin.display(description=gettext_lazy("by"), ordering="by")
    def who(self, record: AuditEntry) -> str:
        """Return the user; entries without one are the system's or a customer's."""
        return str(record.by) if record.by else _("System")

    @admin.display(description=gettext_lazy("about"))
    def about(self, record: AuditEntry) -> SafeString | str:
        """Return a link to the record, without fetching it."""
        kind = record.subject_type
        address = f"admin:{kind.app_label}_{kind.model}_change"
        try:
            return format_html('<a href="{}">{}</a>', reverse(address, args=[record.subject_id]), kind.name)
        except NoReverseMatch:
            return kind.name
