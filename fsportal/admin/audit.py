"""The audit trail in the Settings area."""

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import AuditEntry
from fsportal.settings_area.parts import (
    ReadOnlyAdmin,
    utc_moment,
)


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ["moment", "who", "action", "about", "why"]
    list_display_links = None
    list_filter = ["action", ("subject_type", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["by", "subject_type"]
    search_fields = ["action", "why", "by__username"]
    date_hierarchy = "at"
    show_full_result_count = False

    @admin.display(description=gettext_lazy("at"), ordering="at")
    def moment(self, record: AuditEntry) -> str:
        return utc_moment(record.at)

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
