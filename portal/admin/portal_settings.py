"""Customer Portal > Settings: one record, on a page that leads to its subjects (settings_pages/)."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.models import Reminder
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import staff
from fsportal.settings_area.record_page import RecordPage
from notifications.admin.send_test_message import take_answer
from notifications.customers import outbox
from portal.admin.reminders import ReminderInline
from portal.admin.settings_pages import changes, effects, looks, overview
from portal.admin.settings_pages.form import PortalSettingsForm
from portal.admin.settings_pages.subjects import BY_SLUG, SUBJECTS, Subject, fieldsets_of

PAGE = "admin:fsportal_portalsettings_change"
MAY_SEE_BOOKINGS = "bookings.view_booking"


@admin.register(PortalSettings)
class PortalSettingsAdmin(RecordPage):
    """One record, which is always there: it is neither added nor deleted.

    Its own page shows what each subject is set to, and with `?all` the form of all subjects. A subject's page has the
    form of its fields only; whatever reads the address of the request asks `subject_of`.
    """

    may_add = may_delete = False
    form = PortalSettingsForm
    change_form_template = "admin/portal_settings.html"
    autocomplete_fields = ["fallback_contact"]

    # --- Addresses ----------------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        view = self.admin_site.admin_view
        pages = [
            address
            for subject in SUBJECTS
            for address in (
                path(f"1/{subject.slug}/", view(self.subject_view), {"slug": subject.slug}, subject.url_name),
                path(
                    f"1/{subject.slug}/preview/",
                    view(self.preview_view),
                    {"slug": subject.slug},
                    f"{subject.url_name}-preview",
                ),
            )
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE, args=[PortalSettings.load().pk]))

    def subject_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        return self.change_view(request, "1")

    def preview_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Answer with what a subject's settings change, as it will look; a POST brings them, and stores nothing."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        record, is_post = PortalSettings.load(), request.method == "POST"
        fields = flatten_fieldsets(self.get_fieldsets(request, record))
        form = self.get_form(request, record, change=True, fields=fields)(
            *((request.POST, request.FILES) if is_post else ()), instance=record
        )
        # Django's own way to the rows below a form.
        formsets, _inlines = self._create_formsets(request, record, change=True)  # type: ignore[attr-defined]
        form.is_valid()
        asked = request.POST if is_post else request.GET
        looked = looks.Looked(
            request,
            BY_SLUG[slug],
            record,
            timezone.now(),
            asked_event=asked.get("event", ""),
            reminders=_reminders_to_be(record, formsets),
        )
        return looks.answer(asked.get("look", ""), looked)

    # --- The form -----------------------------------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        subject = subject_of(request)
        return fieldsets_of(subject, with_headings=False) if subject else fieldsets_of(*SUBJECTS)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        subject = subject_of(request)
        return [ReminderInline] if subject is None or subject.has_reminders else []

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> PortalSettings | None:
        """Return the record, or its defaults until the page is first saved."""
        if object_id != "1":
            return None
        # Two people who save at once wait for each other, so that what one of them checked still holds. Django asks
        # once before the transaction, to see whether there is such a record.
        is_saving = request.method == "POST" and transaction.get_connection().in_atomic_block
        rows = PortalSettings.objects.select_for_update() if is_saving else PortalSettings.objects.all()
        return rows.filter(pk=1).first() or PortalSettings(pk=1)

    def save_model(self, request: HttpRequest, obj: PortalSettings, form: Any, change: bool) -> None:
        form.store()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        reminders = [changes.reminder_words()] if formsets else [[]]
        super().save_related(request, form, formsets, change)
        reminders.append(changes.reminder_words() if formsets else [])
        changes.note(form.instance, form, reminders, by=staff(request))
        outbox.look_again_at_waiting(timezone.now())

    def response_change(self, request: HttpRequest, obj: PortalSettings) -> HttpResponse:
        self.message_user(request, _("The settings are saved."))
        subject = subject_of(request)
        return HttpResponseRedirect(subject.url if subject else reverse(PAGE, args=[obj.pk]))

    # --- What the pages show ------------------------------------------------------------------------------------------
    def page_title(self, record: PortalSettings) -> str:
        return _("Customer Portal settings")

    def details(self, request: HttpRequest, record: PortalSettings) -> dict[str, Any]:
        """Return how email, SMS and routing engines are connected; never a key."""
        return {
            "email_described": settings.EMAIL.described,
            "email_from": settings.EMAIL_FROM,
            "sms_described": settings.SMS.described,
            "routing": [engine.described for engine in settings.ROUTING],
            # Only Twilio calls back, and only at an address that is entered there.
            "sms_inbound": settings.SITE_URL + reverse("sms-inbound") if settings.SMS.scheme == "twilio" else "",
        }

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        subject = subject_of(request)
        if subject is None:
            shows_all = "all" in request.GET or context["adminform"].form.is_bound
            context |= {"cards": overview.cards(PortalSettings.load()), "shows_all": shows_all}
            return super().render_change_form(request, context, *args, **kwargs)
        context |= _about(request, subject, context)
        response = super().render_change_form(request, context, *args, **kwargs)
        response.template_name = "admin/settings_pages/page.html"  # type: ignore[attr-defined]  # it is not rendered yet
        return response


def subject_of(request: HttpRequest) -> Subject | None:
    """Return the subject at whose page a request is, or None on the page of the whole record and elsewhere."""
    match = request.resolver_match
    return BY_SLUG.get(match.kwargs.get("slug", "")) if match else None


def _about(request: HttpRequest, subject: Subject, context: dict[str, Any]) -> dict[str, Any]:
    """Return what a subject's page shows around its form."""
    record = PortalSettings.load()
    form, formsets = context["adminform"].form, [one.formset for one in context["inline_admin_formsets"]]
    return {
        "title": subject.title,
        "subtitle": None,
        "subject": subject,
        "subjects": SUBJECTS,
        "looks": [(look, looks.LABELS[look]) for look in subject.looks],
        "events": [] if subject.event or "sms" not in subject.looks else looks.events(),
        "event": request.POST.get("event", ""),
        "is_typed": form.is_bound,
        "effect": _effect(request, subject, form, formsets),
        "history": changes.history(record, subject),
        "answer": take_answer(request) if subject.slug == "delivery" else None,
    }


def _effect(request: HttpRequest, subject: Subject, form: PortalSettingsForm, formsets: list[Any]) -> Any:
    if not form.is_bound or not subject.changes_messages:
        return effects.at_rest(subject)
    if form.errors or not all(formset.is_valid() for formset in formsets):
        return effects.ShownEffect(_("This cannot be saved yet: see what is marked."))
    if not form.has_changed() and not any(formset.has_changed() for formset in formsets):
        return effects.at_rest(subject)
    reminders = _reminders_to_be(form.instance, formsets)
    names = request.user.has_perm(MAY_SEE_BOOKINGS)
    return effects.of_change(subject, form.instance, reminders, timezone.now(), names=names)


def _reminders_to_be(portal_settings: PortalSettings, formsets: list[Any]) -> list[Reminder]:
    """Return the reminders that would be on, the first one first."""
    typed = [formset for formset in formsets if formset.is_bound and formset.is_valid()]
    if not typed or not portal_settings.sends("upcoming"):
        return Reminder.all_of(portal_settings)
    further = [
        row.instance
        for formset in typed
        for row in formset.forms
        if row not in formset.deleted_forms
        and row.instance.is_on
        and (row in formset.initial_forms or row.has_changed())
    ]
    further.sort(key=lambda reminder: reminder.lead, reverse=True)
    return [Reminder.first(portal_settings), *further]
