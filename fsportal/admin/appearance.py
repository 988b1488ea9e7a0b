"""How the Settings area looks to one browser: light or dark, with a wide or a narrow navigation, in which language.

Kept in cookies, which the templates read: so the page comes as wanted, before any script and without one.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from fsportal.lib.kept_choices import keep_in_cookie
from fsportal.settings_area.parts import staff

#: Each cookie with what it may say. The first is what a browser without the cookie gets: it needs none.
CHOICES = {"theme": ("system", "light", "dark"), "navigation": ("wide", "narrow")}
LANGUAGES = dict(settings.LANGUAGES)


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back to the page; what is not a choice changes nothing."""
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else reverse("admin:index"))
    for name, choices in CHOICES.items():
        chosen = request.POST.get(name)
        if chosen == choices[0]:
            response.delete_cookie(name, samesite="Lax")
        elif chosen in choices:
            keep_in_cookie(request, response, name, chosen)
    if (language := request.POST.get("language")) in LANGUAGES:
        user = staff(request)
        user.language = language
        user.save(update_fields=["language"])
        keep_in_cookie(request, response, settings.LANGUAGE_COOKIE_NAME, language)
    return response
