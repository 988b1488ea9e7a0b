"""Settings > People and access > API tokens: issue one (shown once), see which are in use, revoke."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import ApiToken, User
from fsportal.models.api_token import LONGEST_LIFE
from fsportal.settings_area.actions import ConfirmForm, RecordAction
from fsportal.settings_area.parts import FAILED, GOOD, QUIET, AnyModelForm, company_moment, dot, record_link, staff
from fsportal.settings_area.record_page import Facts, RecordPage

PERMISSION = "fsportal.change_apitoken"
DAYS = 365


class TokenForm(AnyModelForm):
    days = forms.IntegerField(label=gettext_lazy("Works for, days"), min_value=1, max_value=LONGEST_LIFE, initial=DAYS)
    #: Who is asking; set by the admin page.
    by: Any = None

    class Meta:
        model = ApiToken
        fields = ["user", "name"]

    def clean_user(self) -> User:
        """Refuse inactive users; only superusers may choose a superuser."""
        user: User = self.cleaned_data["user"]
        if not user.is_active:
            raise ValidationError(_("This user is not active; the token would open nothing."))
        if user.is_superuser and not self.by.is_superuser:
            raise ValidationError(_("Only a superuser makes tokens for a superuser."))
        return user


def _revoke(request: HttpRequest, token: ApiToken, data: dict[str, Any]) -> str:
    token.revoke(by=staff(request))
    return _("The token opens nothing from now on.")


@admin.register(ApiToken)
class ApiTokenAdmin(RecordPage):
    """Tokens are issued and revoked, never changed and never shown again. Superusers' are for superusers only."""

    form = TokenForm
    may_change = False
    may_delete = False  # a token that must not work is revoked, and its trail stays
    shows_trail = True
    record_actions = [
        RecordAction(
            "revoke",
            gettext_lazy("Revoke"),
            _revoke,
            PERMISSION,
            possible=lambda token: token.works,
            form=ConfirmForm,
            explains=gettext_lazy("Whatever uses this token is signed out at once, and it cannot be given back."),
            tone="danger",
            bulk=True,
        )
    ]
    list_display = ["name_and_end", "user_link", "state_dot", "works_until", "last_used"]
    list_display_links = ["name_and_end"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "last_four"]
    list_per_page = 50
    autocomplete_fields = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        tokens: QuerySet[ApiToken] = super().get_queryset(request)
        return tokens if request.user.is_superuser else tokens.exclude(user__is_superuser=True)

    # --- Making one -------------------------------------------------------------------------------------------------
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer one button only: each token is shown right after it is saved."""
        one_button = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, one_button | (extra_context or {}))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return form if obj else type("TokenFormOfOne", (form,), {"by": request.user})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Issue the token; its text lives only as long as this request."""
        data = form.cleaned_data
        token, text = ApiToken.issue(data["user"], data["name"], days=data["days"], by=staff(request))
        obj.__dict__.update(token.__dict__)
        request.new_token_text = text  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log nothing: the audit trail has it already."""
        return None

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Show the token this one time: it is in no URL, no session and no database."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new token"),
            "opts": self.opts,
            "token": obj,
            "text": request.new_token_text,  # type: ignore[attr-defined]
            "until": company_moment(obj.expires_at),
        }
        return TemplateResponse(request, "admin/api_token_new.html", context)

    # --- Looking at one ---------------------------------------------------------------------------------------------
    def page_title(self, record: ApiToken) -> str:
        return record.name

    def facts(self, record: ApiToken) -> Facts:
        return [
            (_("User"), self.user_link(record)),
            (_("Ends in"), record.last_four),
            (_("Created"), company_moment(record.created_at)),
            (_("Works until"), self.works_until(record)),
            (_("Last used"), self.last_used(record)),
        ]

    @admin.display(description=gettext_lazy("token"), ordering="name")
    def name_and_end(self, record: ApiToken) -> str:
        return str(record)

    @admin.display(description=gettext_lazy("user"), ordering="user__username")
    def user_link(self, record: ApiToken) -> SafeString:
        return record_link(record.user)

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: ApiToken) -> SafeString:
        if record.revoked_at is not None:
            return dot(_("Revoked"), FAILED)
        if not record.user.is_active:
            return dot(_("User not active"), QUIET)
        return dot(_("Working"), GOOD) if timezone.now() < record.expires_at else dot(_("Expired"), QUIET)

    @admin.display(description=gettext_lazy("works until"), ordering="expires_at")
    def works_until(self, record: ApiToken) -> str:
        return company_moment(record.expires_at)

    @admin.display(description=gettext_lazy("last used"), ordering="last_used_at")
    def last_used(self, record: ApiToken) -> str:
        moment = record.last_use
        return company_moment(moment) if moment else _("never")
