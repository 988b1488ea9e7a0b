"""The addresses below a list: its views and columns, the counts of a filter, its rows as a file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
    StreamingHttpResponse,
)
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from fsportal.lib.text import one_line
from fsportal.models import AuditEntry, SavedView
from fsportal.settings_area.list_views.counts import counts
from fsportal.settings_area.list_views.export import ListExport
from fsportal.settings_area.list_views.saved import STANDARD, VIEW, ListViews, address, label_of, parts_of

# Generic for the type checker only; Django's own classes take no parameters when they run.
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin
#: An export may hold personal data, so no browser keeps it by itself.
UNSTORED = {"Cache-Control": "no-store"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListPages(_ModelAdmin):
    """A model admin whose list has saved views, columns to choose, counts of filters, and an export."""

    #: Columns that somebody may choose besides those of `list_display`.
    more_columns: tuple[str, ...] = ()

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        of_list = f"{self.opts.app_label}_{self.opts.model_name}"
        pages = {"view": require_POST(self.views_view), "counts": require_GET(self.counts_view),
                 "export": require_POST(self.export_view)}  # fmt: skip
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"{of_list}_list_{name}")
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    # --- Columns ----------------------------------------------------------------------------------------------------
    def usual_columns(self, request: HttpRequest) -> list[str]:
        """Return the columns of the list as it comes."""
        return [str(name) for name in super().get_list_display(request)]

    def offered_columns(self, request: HttpRequest) -> list[str]:
        """Return the columns that this user may choose from."""
        return [*self.usual_columns(request), *self.more_columns]

    def get_list_display(self, request: HttpRequest) -> Any:
        usual = self.usual_columns(request)
        return ListViews.of(request, self.model).columns(self.offered_columns(request), usual)

    # --- Views ------------------------------------------------------------------------------------------------------
    def default_view(self, request: HttpRequest) -> str:
        """Return the address of the view with which the list opens, or "" if it opens without one."""
        if request.method != "GET" or request.GET or not self.has_view_or_change_permission(request):
            return ""
        view = ListViews.of(request, self.model).default
        return address(view) if view else ""

    def views_view(self, request: HttpRequest) -> HttpResponse:
        """Save, change or delete a view, or choose columns; each is one button, named `do`."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        change = {
            "save": self._save,
            "change": self._change,
            "rename": self._rename,
            "delete": self._delete,
            "columns": self._choose_columns,
        }.get(request.POST.get("do", ""))
        if change is None:
            raise Http404
        return HttpResponseRedirect(f"../{change(request, self._sent(request))}")

    def _sent(self, request: HttpRequest) -> QueryDict:
        """Return the address of the list that the form was on, as its parameters."""
        return QueryDict(request.POST.get("query", "").removeprefix("?")[:4000])

    def _mine(self, request: HttpRequest) -> SavedView:
        views = SavedView.objects.filter(user=request.user.pk, of_list=label_of(self.model)).exclude(name="")
        number = request.POST.get(VIEW, "")
        found = views.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
        if found is None:
            raise Http404
        return found

    def _save(self, request: HttpRequest, sent: QueryDict) -> str:
        name = one_line(request.POST.get("name", ""), 60)
        mine = SavedView.objects.filter(user=request.user.pk, of_list=label_of(self.model)).exclude(name="")
        if not name:
            messages.error(request, _("The view has no name. Write one, for example “Late today”."))
        elif mine.count() >= SavedView.MOST:
            messages.error(
                request, _("You have %(most)d views of this list. Delete one first.") % {"most": SavedView.MOST}
            )
        else:
            view = SavedView(user=request.user, of_list=label_of(self.model), name=name)  # type: ignore[misc]  # signed in
            if self._fill(request, view, sent):
                view.make_default(wanted="is_default" in request.POST)
                messages.success(request, _("The view “%(name)s” is saved.") % {"name": name})
                return address(view)
        return self._back(sent)

    def _change(self, request: HttpRequest, sent: QueryDict) -> str:
        view = self._mine(request)
        if self._fill(request, view, sent):
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return address(view)
        return self._back(sent)

    def _fill(self, request: HttpRequest, view: SavedView, sent: QueryDict) -> bool:
        """Store what a list shows as a view; return False, and say why, if it cannot be kept."""
        view.query, view.search = parts_of(sent)
        view.columns = self._named(request)
        if len(view.query) > 2000 or len(view.search) > 200:
            messages.error(request, _("This view has too many filters to be saved. Take some of them off."))
            return False
        return self._stored(request, view)

    def _stored(self, request: HttpRequest, view: SavedView) -> bool:
        try:
            with transaction.atomic():
                view.save()
        except IntegrityError:
            messages.error(request, _("You have a view of this name already. Choose another name."))
            return False
        return True

    def _rename(self, request: HttpRequest, sent: QueryDict) -> str:
        view = self._mine(request)
        view.name = one_line(request.POST.get("name", ""), 60) or view.name
        if self._stored(request, view):
            view.make_default(wanted="is_default" in request.POST)
        return self._back(sent)

    def _delete(self, request: HttpRequest, sent: QueryDict) -> str:
        view = self._mine(request)
        view.delete()
        messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
        return f"?{VIEW}={STANDARD}"

    def _named(self, request: HttpRequest) -> list[str]:
        """Return the columns that a form names, of those that there are; empty for those of the list itself."""
        wanted, usual = request.POST.getlist("column"), self.usual_columns(request)
        columns = [name for name in self.offered_columns(request) if name in wanted or name == usual[0]]
        return [] if columns == usual else columns

    def _choose_columns(self, request: HttpRequest, sent: QueryDict) -> str:
        columns = [] if "usual" in request.POST else self._named(request)
        if request.POST.get(VIEW):
            view = self._mine(request)
            view.columns = columns
            view.save(update_fields=["columns"])
        else:
            SavedView.choose_columns(request.user, label_of(self.model), columns)
        sent = sent.copy()
        sent.pop(ORDER_VAR, None)  # it counts columns
        return self._back(sent)

    def _back(self, sent: QueryDict) -> str:
        return f"?{sent.urlencode()}" if sent else f"?{VIEW}={STANDARD}"

    # --- Counts and export ------------------------------------------------------------------------------------------
    def unshown_list(self, request: HttpRequest) -> Any:
        """Return the list for this address without reading its rows. Raises Http404 for an address of no list."""
        request.shows_no_rows = True  # type: ignore[attr-defined]
        try:
            return self.get_changelist_instance(request)
        except admin.options.IncorrectLookupParameters:
            raise Http404 from None

    def counts_view(self, request: HttpRequest) -> HttpResponse:
        """Return the number of rows of each choice of one filter, in the order of its menu."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        params = request.GET.copy()
        number = params.pop("filter", [""])[0]
        if not number.isdecimal() or len(number) > 3:
            raise Http404
        request.GET = params  # type: ignore[assignment]
        return JsonResponse({"counts": counts(self, request, int(number))})

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Return the list of this address as a file, to whoever may see it; both ends are in the audit trail."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        wanted = request.POST.get("format")
        if wanted not in ("csv", "xlsx"):
            raise Http404
        export = ListExport(self.unshown_list(request))
        AuditEntry.note_of_list(self.model, "export started", by=request.user, why=wanted.upper())
        name = f"{self.opts.model_name}-{timezone.localdate():%Y-%m-%d}.{wanted}"
        if wanted == "xlsx":
            file = export.workbook()
            self._note_export(request, export, wanted)
            return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX, headers=UNSTORED)
        named = {"Content-Disposition": f'attachment; filename="{name}"', **UNSTORED}
        parts = self._noted(request, export, wanted)
        return StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8", headers=named)

    def _noted(self, request: HttpRequest, export: ListExport, wanted: str) -> Iterator[bytes]:
        try:
            yield from export.csv()
        finally:
            # Whoever leaves early has got this many, too.
            self._note_export(request, export, wanted)

    def _note_export(self, request: HttpRequest, export: ListExport, wanted: str) -> None:
        words = ngettext("%(format)s, %(number)s row", "%(format)s, %(number)s rows", export.given)
        rows = words % {"format": wanted.upper(), "number": f"{export.given:,}"}
        AuditEntry.note_of_list(self.model, "exported", by=request.user, why=rows)


def shows_no_rows(request: HttpRequest) -> bool:
    return getattr(request, "shows_no_rows", False)
