"""The sign-in page, which is also the first page for strangers."""

from collections.abc import Callable
from typing import Any

from allauth.account.views import LoginView
from django.http import HttpResponse

from portal.home.first_steps import first_steps, has_demo_company


class SignInView(LoginView):  # type: ignore[misc]  # allauth ships no types
    """django-allauth's, with *Redeem invitation* beside it, and how to open a visit without an account."""

    template_name = "account/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_demo = has_demo_company()
        own = {"is_demo": is_demo, "steps": first_steps() if is_demo else []}
        return {**super().get_context_data(**kwargs), **own}


page: Callable[..., HttpResponse] = SignInView.as_view()
