"""Bookings > Schedule files: upload, see what would happen row by row, then import all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings import staff_cards
from bookings.admin.import_preview import preview_of
from bookings.models import Booking, BookingImport
from bookings.schedule_files import ImportReport, Origin, import_bookings
from bookings.schedule_files.columns import COLUMNS, FileRefused
from bookings.schedule_files.export import write_csv
from bookings.schedule_files.reading import MAX_BYTES, format_of, read_sheet
from fsportal.lib.text import one_line
from fsportal.models import AuditEntry, AuditKind, User
from fsportal.settings_area.parts import BaseAdmin, staff

PER_PAGE = 100
#: More would take longer than anybody waits for a page.
MAX_ROWS = 10_000


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Schedule file"),
        help_text=gettext_lazy("CSV (UTF-8) or XLSX, at most 10 MB and 10,000 rows."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )

    quiet = forms.BooleanField(
        label=gettext_lazy("Tell customers nothing about this file"),
        required=False,
        help_text=gettext_lazy("The ordinary reminders of its visits go all the same."),
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB. Split it into several files."))
        self.content = file.read()
        try:
            sheet = read_sheet(self.content, format_of(file.name or "", self.content))
        except FileRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        if len(sheet.rows) > MAX_ROWS:
            raise forms.ValidationError(
                _(
                    "The file has %(count)s rows; at most 10,000 are taken here. Split it, or have it imported on the"
                    " server with “manage.py import_bookings”."
                )
                % {"count": f"{len(sheet.rows):,}"}
            )
        return file


@admin.register(BookingImport)
class BookingImportAdmin(BaseAdmin):
    """Imports: the list of past ones, the upload, and one import with its preview."""

    may_change = False  # an import is looked at and carried out, not edited
    may_delete = False  # past imports are the trace of where bookings came from
    list_display = ("file_name", "uploaded_at", "uploaded_by", "imported_at", "outcome")
    list_filter = ("imported_at",)
    list_select_related = ("uploaded_by",)
    date_hierarchy = "uploaded_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingImport]:
        """Leave files and previews, which may be large, to the page of the one import."""
        found: QuerySet[BookingImport] = super().get_queryset(request).defer("content", "summary")
        return found.annotate(counts=F("summary__counts"))

    def has_view_permission(self, request: HttpRequest, obj: BookingImport | None = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_add_permission(request)

    @admin.display(description=gettext_lazy("what happened"))
    def outcome(self, obj: BookingImport) -> str:
        if obj.imported_at is None:
            return _("not imported")
        return ", ".join(f"{count} {words}" for words, count in getattr(obj, "counts", None) or [] if count)

    # --- Upload -----------------------------------------------------------------------------------------------------
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            BookingImport.forget_old(timezone.now())
            stored = self._with_preview(form, staff(request))
            if stored is not None:
                return redirect("admin:bookings_bookingimport_change", stored.pk)
        return self._page(request, "upload", {"form": form, "columns": COLUMNS, "title": _("Import bookings")})

    def _with_preview(self, form: UploadForm, by: User) -> BookingImport | None:
        """Store the file with its preview; None, with an error on the form, if somebody else was writing."""
        name = one_line(form.cleaned_data["file"].name, 200)
        origin = Origin(name, by, quiet=form.cleaned_data["quiet"])
        report = import_bookings(form.content, origin, dry_run=True, with_plans=True)
        if report.is_busy:
            form.add_error("file", report.errors[0].reason)
            return None
        return BookingImport.objects.create(
            file_name=name, content=form.content, uploaded_by=by, summary=preview_of(report, is_quiet=origin.quiet)
        )

    # --- Preview and import -----------------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        stored = self.get_object(request, object_id)
        if stored is None:
            messages.warning(request, _("There is no such import (any more)."))
            return redirect("admin:index")
        if request.method == "POST":
            return self._import(request, stored)
        return self._preview(request, stored)

    def _import(self, request: HttpRequest, stored: BookingImport) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        agreed = request.POST.get("agreed", "")
        report = carry_out(stored, staff(request), agreed)
        if report is None:
            messages.info(request, _("This file has been imported already; nothing was done twice."))
        elif report.is_busy:
            messages.warning(request, report.errors[0].reason)
        elif report.errors:
            messages.error(request, _("Nothing was imported: the file has errors, see below."))
        elif report.fingerprint() != agreed:
            messages.warning(
                request,
                _("Nothing was imported: bookings have changed since you looked. Below is what would happen now."),
            )
        else:
            messages.success(request, _("“%(file)s” was imported.") % {"file": stored.file_name})
        return redirect("admin:bookings_bookingimport_change", stored.pk)

    def _preview(self, request: HttpRequest, stored: BookingImport) -> HttpResponse:
        context: dict[str, Any] = {"import": stored, "title": stored.file_name}
        preview = stored.summary
        is_quiet = bool(preview.get("is_quiet"))
        if "fingerprint" not in preview:
            return self._page(request, "preview", context | {"counts": preview.get("counts", []), "is_quiet": is_quiet})
        show = "all" if request.GET.get("show") == "all" else "changes"
        rows = [row for row in preview["rows"] if show == "all" or not row["is_quiet"]]
        context |= {
            "report": preview,
            "is_quiet": is_quiet,
            "totals": preview.get("totals"),
            "conflicts": preview.get("conflicts"),
            "counts": preview["counts"],
            "errors": preview["errors"],
            "more_errors": max(0, preview["error_count"] - len(preview["errors"])),
            "error_words": _errors_in_words(preview["error_count"]),
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "show": show,
            "may_import": self.has_add_permission(request) and not preview["errors"],
        }
        return self._page(request, "preview", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {"opts": self.model._meta} | context
        return TemplateResponse(request, f"admin/bookings/bookingimport/{name}.html", context)


def carry_out(stored: BookingImport, by: User, agreed: str) -> ImportReport | None:
    """Import a stored file as the preview with the fingerprint `agreed` showed; None if it was imported before.

    All or nothing: with errors, or with another outcome than was agreed to, only the preview changes,
    to what would happen now.
    """
    if stored.imported_at is not None or not stored.content:
        return None
    is_quiet = bool(stored.summary.get("is_quiet"))
    try:
        report = import_bookings(
            bytes(stored.content),
            Origin(stored.file_name, by, quiet=is_quiet),
            agreed=agreed,
            around=lambda report: _marking(stored, report, by),
            with_plans=True,
        )
    except _ImportedAlready:
        return None
    if not report.is_busy and (report.errors or report.fingerprint() != agreed):
        as_now = preview_of(report, is_quiet=is_quiet)
        BookingImport.objects.filter(pk=stored.pk, imported_at=None).update(summary=as_now)
    return report


class _ImportedAlready(Exception):
    """Somebody else pressed the button first."""


@contextmanager
def _marking(stored: BookingImport, report: ImportReport, by: User) -> Iterator[None]:
    """Note in the transaction of the import that it was done, once."""
    locked = BookingImport.objects.select_for_update().get(pk=stored.pk)
    if locked.imported_at is not None or not locked.content:
        raise _ImportedAlready
    yield
    locked.imported_at = timezone.now()
    locked.summary = {
        "counts": [[str(what), count] for what, count in report.summary()],
        "is_quiet": bool(locked.summary.get("is_quiet")),
    }
    locked.content = b""
    locked.save(update_fields=["imported_at", "summary", "content"])
    AuditEntry.note(locked, "imported", by=by)
    staff_cards.import_finished(locked, report.summary())


def _errors_in_words(count: int) -> str:
    words = ngettext(
        "%(count)s error. Nothing can be imported before it is put right in the file.",
        "%(count)s errors. Nothing can be imported before they are put right in the file.",
        count,
    )
    return words % {"count": count} if count else ""


@admin.action(description=gettext_lazy("Export as CSV"), permissions=["view"])
def export_as_csv(modeladmin: Any, request: HttpRequest, queryset: "QuerySet[Booking]") -> HttpResponse:
    """Admin action: the chosen bookings as a file that the import reads."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bookings-{timezone.localdate():%Y-%m-%d}.csv"'
    number = write_csv(queryset, response)
    user = staff(request)
    AuditEntry.note(user, "exported bookings", by=user, why=str(number), kind=AuditKind.PERSONAL_DATA)
    return response
