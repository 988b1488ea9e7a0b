"""Addresses that a customer may come to."""

from django.urls import path

from portal.views import (
    booking,
    brand,
    changing,
    confirm,
    feedback,
    home,
    invitation,
    media,
    redeem,
    see_as,
    visit,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("redeem/", redeem.start, name="redeem"),
    path("redeem/<str:code>/", redeem.start, name="redeem-code"),
    path("invitation/", invitation.invitation, name="invitation"),
    path("leave/", see_as.leave, name="see-as-leave"),
    path("brand.css", brand.stylesheet, name="brand-css"),
    path("media/<path:path>", media.brand_image, name="media"),
    path("visit/see/<slug:public_id>/", visit.see, name="visit"),
    path("visit/see/<slug:public_id>/opened/", visit.opened, name="visit-opened"),
    path("visit/see/<slug:public_id>/visit.ics", visit.calendar, name="visit-calendar"),
    path("visit/see/<slug:public_id>/photo", visit.photo, name="visit-photo"),
    path("visit/see/<slug:public_id>/change/", changing.change, name="visit-change"),
    path("visit/see/<slug:public_id>/cancel/", changing.cancel, name="visit-cancel"),
    path("visit/see/<slug:public_id>/ask/", changing.ask, name="visit-ask"),
    path("visit/see/<slug:public_id>/confirm/", confirm.prove, name="visit-confirm"),
    path("bookings/<uuid:pk>/", visit.see, name="booking"),
    path("bookings/<uuid:pk>/change/", changing.change, name="booking-change"),
    path("bookings/<uuid:pk>/cancel/", changing.cancel, name="booking-cancel"),
    path("bookings/<uuid:pk>/ask/", changing.ask, name="booking-ask"),
    path("bookings/<uuid:pk>/visit.ics", visit.calendar, name="booking-calendar"),
    path("bookings/<uuid:pk>/photo", visit.photo, name="booking-photo"),
    path("visit/see/<slug:public_id>/feedback/", feedback.give, name="visit-feedback"),
    path("bookings/<uuid:pk>/feedback/", feedback.give, name="booking-feedback"),
    path("book/", booking.book, name="book"),
    path("book/done/<uuid:pk>/", booking.done, name="book-done"),
    path("visit/<str:code>/", visit.enter, name="visit-enter"),
]
