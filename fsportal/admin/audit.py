"""The audit trail in the Settings area: who did what to which record, before and after, from where."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.admin.audit_search import as_address, found
from fsportal.lib.choice_labels import choice_label
from fsportal.models import ApiToken, AuditEntry, AuditKind, User
from fsportal.settings_area.filters import choice_filter, recent_values
from fsportal.settings_area.parts import ReadOnlyAdmin, company_moment
from fsportal.settings_area.record_page import Facts, RecordPage

#: Who may see how others sign in and from where, and which rights they were given.
SEES_SIGN_INS = "fsportal.view_user"
OF_STAFF = (AuditKind.SIGN_IN, AuditKind.RIGHTS)
#: Changes that a row of the list shows; the entry's own page has all.
SHOWN = 3
#: People and addresses that a filter offers: those who did something lately.
OFFERED = 40

KindFilter = choice_filter(
    gettext_lazy("kind"), "kind", {str(kind.value): (kind.label, Q(kind=kind)) for kind in AuditKind}
)

ActionFilter = choice_filter(
    gettext_lazy("action"),
    "action",
    lambda: {action: (action, Q(action=action)) for action in recent_values(AuditEntry, "action")},
)

AboutFilter = choice_filter(
    gettext_lazy("record"),
    "about",
    lambda: {
        str(kind.pk): (kind.name, Q(subject_type=kind.pk))
        for kind in ContentType.objects.filter(pk__in=recent_values(AuditEntry, "subject_type")).order_by("model")
    },
)

WhoFilter = choice_filter(
    gettext_lazy("person"),
    "who",
    lambda: {
        "nobody": (_("the system or a customer"), Q(by=None)),
        **{
            str(user.pk): (str(user), Q(by=user.pk))
            for user in User.objects.filter(pk__in=recent_values(AuditEntry, "by")).order_by("username")[:OFFERED]
        },
    },
)


@admin.register(AuditEntry)
class AuditAdmin(RecordPage, ReadOnlyAdmin):
    change_form_template = "admin/audit_entry.html"
    list_display = ["moment", "who", "what", "about", "changed", "why", "from_where"]
    list_display_links = ["moment"]
    list_filter = [KindFilter, ActionFilter, AboutFilter, WhoFilter]
    list_select_related = ["by", "subject_type"]
    search_fields = ["action", "why", "by_name", "subject_name", "address"]
    search_help_text = gettext_lazy(
        "A name, a word of the action or the reason, or an address. Words are looked for among the newest entries."
    )
    date_hierarchy = "at"
    sortable_by = ["moment"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        if request.user.has_perm(SEES_SIGN_INS):
            return entries
        # Entries of earlier releases have no kind, so what they are about is asked, too.
        models = ContentType.objects.get_for_models(User, Group, ApiToken).values()
        return entries.exclude(Q(kind__in=OF_STAFF) | Q(subject_type__in=[kind.pk for kind in models]))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_list_display(request))
        return columns if request.user.has_perm(SEES_SIGN_INS) else [one for one in columns if one != "from_where"]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Refuse addresses to those who do not see them, and whatever PostgreSQL cannot compare with one."""
        if lookup.partition("__")[0] == "address":
            is_shown = bool(request and request.user.has_perm(SEES_SIGN_INS))
            return is_shown and lookup in ("address", "address__exact") and bool(as_address(str(value)))
        return super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        return (found(queryset, text, by_address=request.user.has_perm(SEES_SIGN_INS)) if text else queryset), False

    # --- The list ---------------------------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("at"), ordering="at")
    def moment(self, record: AuditEntry) -> str:
        return company_moment(record.at)

    @admin.display(description=gettext_lazy("by"))
    def who(self, record: AuditEntry) -> SafeString | str:
        return _narrowed(record.by_whom, by__id__exact=record.by_id) if record.by_id else record.by_whom

    @admin.display(description=gettext_lazy("action"), ordering="action")
    def what(self, record: AuditEntry) -> str:
        said = capfirst(record.action)
        return (
            _("%(action)s (%(number)d times)") % {"action": said, "number": record.number}
            if record.number > 1
            else said
        )

    @admin.display(description=gettext_lazy("about"))
    def about(self, record: AuditEntry) -> SafeString | str:
        """Return a link to the record, without fetching it."""
        kind = record.subject_type
        if kind is None:
            return "–"
        name = record.subject_name
        words = f"{kind.name}: {name}" if name and name != kind.name else kind.name
        address = _page_of(record)
        return format_html('<a href="{}">{}</a>', address, words) if address else words

    @admin.display(description=gettext_lazy("before → after"))
    def changed(self, record: AuditEntry) -> SafeString | str:
        lines = record.changes_in_words
        more = [_("and %(number)d more") % {"number": len(lines) - SHOWN}] if len(lines) > SHOWN else []
        shown = [f"{label}: {words}" for label, words in lines[:SHOWN]]
        return format_html_join(SafeString("<br>"), "{}", ((line,) for line in [*shown, *more]))

    @admin.display(description=gettext_lazy("from"))
    def from_where(self, record: AuditEntry) -> SafeString | str:
        way = " ".join(filter(None, (choice_label(record, "way"), record.way_name)))
        if not record.address:
            return way or "–"
        return format_html("{}<br>{}", _narrowed(record.address, address=record.address), way)

    # --- One entry --------------------------------------------------------------------------------------------------
    def page_title(self, record: AuditEntry) -> str:
        return " – ".join(filter(None, (capfirst(record.action), record.subject_name)))

    def facts(self, record: AuditEntry) -> Facts:
        rows: Facts = [
            (_("When"), company_moment(record.at, to_the_second=True)),
            (_("Who"), self.who(record)),
            (_("About"), self.about(record)),
            (_("Why"), record.why),
            (_("Way in"), " ".join(filter(None, (choice_label(record, "way"), record.way_name)))),
        ]
        if record.number > 1:
            rows.insert(1, (_("Until"), f"{company_moment(record.last_at, to_the_second=True)} ({record.number})"))
        return [row for row in rows if row[1]]

    def details(self, request: HttpRequest, record: AuditEntry) -> dict[str, Any]:
        shown: dict[str, Any] = {"changed": record.changes_in_words}
        if record.address and request.user.has_perm(SEES_SIGN_INS):
            from_there = (_("Address"), _narrowed(record.address, address=record.address))
            shown["facts"] = [*self.facts(record), from_there]
        return shown


def _page_of(record: AuditEntry) -> str:
    kind = record.subject_type
    try:
        return reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[record.subject_id]) if kind else ""
    except NoReverseMatch:
        return ""


def _narrowed(words: object, **query: Any) -> SafeString:
    """Return a link to the list with only what has this, too."""
    url = reverse("admin:fsportal_auditentry_changelist")
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(query), words)
