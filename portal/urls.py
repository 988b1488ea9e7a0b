"""Addresses that a customer may come to."""

from django.urls import path

from portal import brand
from portal.access import see_as
from portal.booking import views as booking
from portal.home import views as home
from portal.invitations import code_page, page
from portal.profile import views as profile
from portal.visit import change, feedback, proof_page
from portal.visit import views as visit

urlpatterns = [
    path("", home.home, name="home"),
    path("redeem/", code_page.start, name="redeem"),
    path("redeem/<str:code>/", code_page.start, name="redeem-code"),
    path("invitation/", page.invitation, name="invitation"),
    path("leave/", see_as.leave, name="see-as-leave"),
    path("profile/", profile.profile, name="profile"),
    path("profile/email/", profile.email, name="profile-email"),
    path("profile/email/code/", profile.email_code, name="profile-email-code"),
    path("brand.css", brand.stylesheet, name="brand-css"),
    path("media/<path:path>", brand.brand_image, name="media"),
    path("visit/see/<slug:public_id>/", visit.see, name="visit"),
    path("visit/see/<slug:public_id>/opened/", visit.opened, name="visit-opened"),
    path("visit/see/<slug:public_id>/visit.ics", visit.calendar, name="visit-calendar"),
    path("visit/see/<slug:public_id>/photo", visit.photo, name="visit-photo"),
    path("visit/see/<slug:public_id>/live", visit.live, name="visit-live"),
    path("visit/see/<slug:public_id>/change/", change.change, name="visit-change"),
    path("visit/see/<slug:public_id>/cancel/", change.cancel, name="visit-cancel"),
    path("visit/see/<slug:public_id>/ask/", change.ask, name="visit-ask"),
    path("visit/see/<slug:public_id>/confirm/", proof_page.prove, name="visit-confirm"),
    path("bookings/<uuid:pk>/", visit.see, name="booking"),
    path("bookings/<uuid:pk>/change/", change.change, name="booking-change"),
    path("bookings/<uuid:pk>/cancel/", change.cancel, name="booking-cancel"),
    path("bookings/<uuid:pk>/ask/", change.ask, name="booking-ask"),
    path("bookings/<uuid:pk>/visit.ics", visit.calendar, name="booking-calendar"),
    path("bookings/<uuid:pk>/photo", visit.photo, name="booking-photo"),
    path("bookings/<uuid:pk>/live", visit.live, name="booking-live"),
    path("visit/see/<slug:public_id>/feedback/", feedback.give, name="visit-feedback"),
    path("bookings/<uuid:pk>/feedback/", feedback.give, name="booking-feedback"),
    path("book/", booking.book, name="book"),
    path("book/done/<uuid:pk>/", booking.done, name="book-done"),
    path("visit/<str:code>/", visit.enter, name="visit-enter"),
]
