"""URLs of the customer portal."""

from django.urls import include, path

from portal import brand
from portal.access import see_as
from portal.home import views as home
from portal.visit import urls as visit
from portal.visit import views

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("portal.invitations.urls")),
    path("join/", include("portal.staff_invitations.urls")),
    path("leave/", see_as.leave, name="see-as-leave"),
    path("profile/", include("portal.profile.urls")),
    path("book/", include("portal.booking.urls")),
    path("bookings/<uuid:pk>/", include(visit.addresses("booking"))),
    path("visit/see/<slug:public_id>/", include(visit.addresses("visit"))),
    path("visit/<str:code>/", views.enter, name="visit-enter"),
    path("brand.css", brand.stylesheet, name="brand-css"),
    path("media/<path:path>", brand.brand_image, name="media"),
]
