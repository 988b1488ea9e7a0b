"""Groups and business units in the Settings area."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from fsportal.models import BusinessUnit
from fsportal.settings_area.parts import (
    AnyAdmin,
    list_link,
)


@admin.register(BusinessUnit)
class BusinessUnitAdmin(AnyAdmin):
    ordering = ["name"]
    list_display = ["name", "parent", "people"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    autocomplete_fields = ["parent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        units: QuerySet[Any] = super().get_queryset(request).annotate(number_of_users=Count("users"))
        return units

    @admin.display(description=gettext_lazy("users"), ordering="number_of_users")
    def people(self, record: Any) -> SafeString:
        return list_link("fsportal.User", record.number_of_users, business_unit__id__exact=record.pk)


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(AnyAdmin, GroupAdmin):
    ordering = ["name"]
    list_display = ["name", "people"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        found: QuerySet[Group] = super().get_queryset(request).annotate(number_of_users=Count("user"))
        return found

    @admin.display(description=gettext_lazy("users"), ordering="number_of_users")
    def people(self, record: Any) -> SafeString:
        return list_link("fsportal.User", record.number_of_users, groups__id__exact=record.pk)
