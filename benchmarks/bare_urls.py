"""The product's addresses and one more, which answers as little as a view can."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse({})


urlpatterns = [path("bare", bare), path("", include("fsportal.urls"))]
