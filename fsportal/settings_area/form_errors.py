"""What is wrong with a form of the Settings area, said at its top with links to the fields: GOV.UK's error summary."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# Generic for the type checker only; Django's own class takes no parameters when it runs.
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


@dataclass(frozen=True)
class Wrong:
    """One error: the field's name for people, what is wrong, and the id of its field ("" if it is about no field)."""

    label: str
    says: str
    field_id: str = ""


class SumsUpErrors(_ModelAdmin):
    """A model admin whose forms begin with a summary of their errors, in place of Django's one sentence."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if context.get("errors"):
            context["error_summary"] = list(_of_page(context))
            context["errors"] = None
        return super().render_change_form(request, context, add, change, form_url, obj)


def _of_page(context: dict[str, Any]) -> Iterator[Wrong]:
    yield from _of_form(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        name = str(inline.opts.verbose_name_plural)
        for said in inline.formset.non_form_errors():
            yield Wrong(capfirst(name), str(said), f"{inline.formset.prefix}-group")
        for form in inline.formset.forms:
            yield from _of_form(form, capfirst(str(inline.opts.verbose_name)))


def _of_form(form: BaseForm, of: str = "") -> Iterator[Wrong]:
    for name, errors in form.errors.items():
        label = _label(form, name)
        if of and label:
            label = _("%(record)s: %(field)s") % {"record": of, "field": label}
        for said in errors:
            yield Wrong(label or of, str(said), _id(form, name))


def _label(form: BaseForm, name: str) -> str:
    return capfirst(str(form[name].label)) if name in form.fields else ""


def _id(form: BaseForm, name: str) -> str:
    """Return the id of the field, or of its first part where it has several."""
    if name not in form.fields:
        return ""
    bound = form[name]
    return bound.id_for_label or f"{bound.auto_id}_0"
