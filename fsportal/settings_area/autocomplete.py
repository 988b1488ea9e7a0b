"""Fields that find a record while one types; without scripts, by a text that is looked for when the form is sent."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey
from django.forms import BaseForm, ModelChoiceField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

#: Records that are offered for a text which fits several.
OFFERED = 20
#: Ends the name of the field for the text.
TEXT = "__text"
Find = Callable[[str], list[Any]]

# Generic for the type checker only; Django's own class takes no parameters when it runs.
if TYPE_CHECKING:
    _ModelChoiceField = ModelChoiceField[Any]
else:
    _ModelChoiceField = ModelChoiceField


class WrittenText(str):
    """A text that was written in place of choosing a record. `chosen` is the key that the list was left at."""

    chosen: Any = None


class RecordSelect(AutocompleteSelect):
    """Django's own looks up whatever it is given: a text that is not a key ends in an error of the server.

    `find` returns the records that fit a text; without it there is no field for one.
    """

    template_name = "admin/widgets/record_select.html"

    def __init__(self, *args: Any, find: Find | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.find = find

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        chosen = super().value_from_datadict(data, files, name)
        text = WrittenText((data.get(name + TEXT) or "").strip() if self.find else "")
        text.chosen = chosen
        return text or chosen

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        text = value if isinstance(value, WrittenText) else None
        context = super().get_context(name, text.chosen if text else value, attrs)
        found = self.find(text)[:OFFERED] if text and self.find else []
        # What is in the list to be chosen is not in the field any more, where it would win over the choice.
        written = "" if found else text or ""
        context["widget"] |= {"takes_text": self.find is not None, "text_name": name + TEXT, "text": written}
        options = [
            self.create_option(name, str(one.pk), str(one), False, index)
            for index, one in enumerate(found)
            if text and str(one.pk) != text.chosen
        ]
        context["widget"]["optgroups"] = [*context["widget"]["optgroups"], (None, options, 0)]
        return context

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if self._is_key(one)], attr)

    def _is_key(self, text: str) -> bool:
        try:
            self.field.remote_field.model._meta.pk.to_python(text or None)
        except ValidationError:
            return False
        return True


class RecordField(_ModelChoiceField):
    """Takes a key, or a text that exactly one record fits, once it is told how to find it."""

    def __init__(self, *args: Any, find: Find | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.find = find

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, WrittenText):
            return super().to_python(value)
        found = self.find(value) if self.find else []
        of_this_name = [one for one in found if str(one).casefold() == value.casefold()]
        if len(found) == 1 or len(of_this_name) == 1:
            return (of_this_name or found)[0]
        raise ValidationError(_why_not(value, len(found)))


def _why_not(text: str, number: int) -> str:
    said = {"text": text, "number": min(number, OFFERED)}
    if not number:
        return _("Nothing is found by “%(text)s”. Write a part of the name.") % said
    if number > OFFERED:
        return _("More than %(number)d are found by “%(text)s”. Choose one of these, or write more.") % said
    return _("%(number)d are found by “%(text)s”. Choose one of these.") % said


class RecordLinks(RelatedFieldWidgetWrapper):
    """A field for a related record, with a link that opens it and one that makes another. It deletes none."""

    @classmethod
    def around(cls, wrapper: RelatedFieldWidgetWrapper) -> "RecordLinks":
        may_look = wrapper.can_change_related or wrapper.can_view_related
        return cls(
            wrapper.widget,
            wrapper.rel,
            wrapper.admin_site,
            can_add_related=wrapper.can_add_related,
            can_view_related=may_look,
        )

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.can_view_related and value and not isinstance(value, WrittenText):
            meta = self.rel.model._meta
            context["open_url"] = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(value)])
        return context


class FindsRecords:
    """For a ModelAdmin with `autocomplete_fields`, whose pages may be opened with values in the address."""

    def formfield_for_dbfield(self, db_field: "Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = RecordLinks.around(field.widget)
        return field

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            site = self.admin_site  # type: ignore[attr-defined]
            find = partial(found_by, request, site, db_field)
            kwargs["widget"] = RecordSelect(db_field, site, using=kwargs.get("using"), find=find)
            kwargs |= {"form_class": RecordField, "find": find}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc,no-any-return]


def let_texts_be_found(form: BaseForm, request: HttpRequest) -> None:
    """Tell the fields of a form that was not made by a ModelAdmin how to find what this person may see."""
    for field in form.fields.values():
        if isinstance(field, RecordField) and isinstance(field.widget, RecordSelect):
            find = partial(found_by, request, field.widget.admin_site, field.widget.field)
            field.find = field.widget.find = find


def found_by(request: HttpRequest, site: Any, db_field: "ForeignKey[Any]", text: str) -> list[Any]:
    """Return the records that fit a text, one more than are offered if there are more.

    It finds what the look-up box finds, for those who may use that.
    """
    model = db_field.remote_field.model
    their_admin = site.get_model_admin(model)
    if "\0" in text or not their_admin.has_view_permission(request):
        return []
    rows = their_admin.get_queryset(request).complex_filter(db_field.get_limit_choices_to())
    found, _may_repeat = their_admin.get_search_results(request, rows, text)
    return list(found.order_by(*their_admin.get_ordering(request), "pk")[: OFFERED + 1])
