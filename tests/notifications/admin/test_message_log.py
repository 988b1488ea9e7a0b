"""The log of all messages: read-only, searchable, with what to do and sending again."""

import csv
import io
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking
from fsportal.models import AuditEntry, Contact
from fsportal.settings_area.parts import site_moment
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, Reason, State
from tests.admin_cast import person

LIST = "admin:notifications_customernotification_changelist"
Make = Callable[..., CustomerNotification]


def page(message: CustomerNotification) -> str:
    return reverse("admin:notifications_customernotification_change", args=[message.pk])


def again(message: CustomerNotification) -> str:
    return reverse("admin:notifications_customernotification_action", args=[message.pk, "send-again"])


def test_nobody_adds_changes_or_deletes(admin: Client, make_message: Make) -> None:
    message = make_message()
    assert admin.get(reverse("admin:notifications_customernotification_add")).status_code == 403
    assert admin.post(page(message), {"words": "x"}).status_code == 403
    delete = reverse("admin:notifications_customernotification_delete", args=[message.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin.get(reverse(LIST)).content.decode()


def test_nobody_finds_by_an_address_that_they_read_masked(admin: Client, make_message: Make) -> None:
    message = make_message(to="hidden.person@example.org")
    Contact.objects.update(email="hidden.person@example.org")
    client = Client()
    client.force_login(person("mo", ["view_customernotification"]))
    for query in ("q=hidden.person", "q=hidden.person@example.org"):
        assert f"{message.pk}" not in client.get(f"{reverse(LIST)}?{query}").content.decode(), query
        assert f"{message.pk}" in admin.get(f"{reverse(LIST)}?{query}").content.decode(), query
    assert f"{message.pk}" in client.get(f"{reverse(LIST)}?q=Ann").content.decode()
    assert client.get(f"{reverse(LIST)}?to__startswith=h").status_code == 400
    assert admin.get(f"{reverse(LIST)}?to__startswith=h").status_code == 200


def test_look_ups_that_a_database_does_not_understand_are_refused(admin: Client) -> None:
    for query in ("id__regex=(", "id__iregex=[", "pk__range=1", "email_words__contains=a", "email_words__x__y=1"):
        assert admin.get(f"{reverse(LIST)}?{query}").status_code == 400, query


def test_nobody_reads_a_secret_letter_by_letter(admin: Client) -> None:
    assert admin.get(f"{reverse('admin:fsportal_apitoken_changelist')}?digest__startswith=a").status_code == 400
    assert admin.get(f"{reverse('admin:fsportal_user_changelist')}?password__startswith=a").status_code == 400


def test_the_list_speaks_plain_english(admin: Client, make_message: Make) -> None:
    make_message(State.FAILED, reason=Reason.REFUSED)
    words = admin.get(reverse(LIST)).content.decode()
    for said in ("Could not be delivered", "The address was refused for good", "Upcoming booking", "ann@example.com"):
        assert said in words


def test_addresses_are_masked_for_those_who_may_not_see_contacts(make_message: Make) -> None:
    message = make_message(State.FAILED)
    make_message(State.SENT, channel="sms", to="+12025550123")
    client = Client()
    client.force_login(person("max", ["view_customernotification"]))
    for address in (reverse(LIST), page(message)):
        words = client.get(address).content.decode()
        assert "a•••@example.com" in words
        assert "ann@example.com" not in words
        assert "2025550123" not in words


def test_each_row_names_its_visit_to_those_who_may_see_visits(
    admin: Client, make_message: Make, booking: Booking
) -> None:
    make_message()
    name = f"{booking.work_order.number}, {site_moment(booking.start, booking.zone_name)}"
    words = admin.get(reverse(LIST)).content.decode()
    assert f'{name}<span class="second">Smith &amp; Sons</span>' in words
    client = Client()
    client.force_login(person("max", ["view_customernotification"]))
    assert name not in client.get(reverse(LIST)).content.decode()


def test_the_list_links_to_what_needs_attention(admin: Client, make_message: Make) -> None:
    failed, _sent = make_message(State.FAILED), make_message(State.SENT, subject="all is well")
    resent = make_message(State.UNKNOWN)
    make_message(State.QUEUED, resent_of=resent)
    assert "1 message needs attention" in admin.get(reverse(LIST)).content.decode()
    shown = admin.get(reverse(LIST), {"attention": "yes"}).context["cl"].result_list
    assert list(shown) == [failed]


def test_the_search_finds_words_subject_contact_and_the_providers_id(admin: Client, make_message: Make) -> None:
    found = make_message(words="your boiler", subject="Visit soon", provider_id="SM123")
    make_message(words="-", subject="-", contact=None, to="")
    for query in ("boiler", "Visit soon", "Ann Smith", "ann@example.com", "SM123"):
        assert list(admin.get(reverse(LIST), {"q": query}).context["cl"].result_list) == [found], query


def test_the_page_shows_the_exact_words_and_the_attempts(admin: Client, make_message: Make) -> None:
    message = make_message(State.FAILED, reason=Reason.REFUSED, detail="550 no such user")
    NotificationAttempt.objects.create(
        notification=message, provider="smtp", outcome=AttemptOutcome.PERMANENT, detail="550 no"
    )
    words = admin.get(page(message)).content.decode()
    for said in ("Hello Ann\nSee [link]", "550 no such user", "Refused for good", "Ask the contact for another address",
                 "+12025550123", "Send again"):  # fmt: skip
        assert said in words, said


def test_hostile_words_are_escaped(admin: Client, make_message: Make) -> None:
    message = make_message(words="<script>alert(1)</script>\u202e", subject="<b>x</b>" * 30, detail="<img src=x>")
    words = admin.get(page(message)).content.decode() + admin.get(reverse(LIST)).content.decode()
    assert "<script>alert" not in words
    assert "<img src=x" not in words
    assert "<b>x" not in words


def test_sending_again_asks_first_then_queues_a_copy(dispatcher: Client, make_message: Make) -> None:
    message = make_message(State.FAILED)
    assert dispatcher.get(again(message)).status_code == 200
    assert message.resends.count() == 0
    dispatcher.post(again(message))
    copy = message.resends.get()
    assert (copy.state, str(copy.asked_by)) == (State.QUEUED, "dora")
    assert AuditEntry.of(message).get().action == "sent again"


def test_what_has_not_ended_cannot_be_sent_again(dispatcher: Client, make_message: Make) -> None:
    message = make_message(State.QUEUED)
    assert "Send again" not in dispatcher.get(page(message)).content.decode()
    said = dispatcher.post(again(message), follow=True).content.decode()
    assert "has not ended yet" in said
    assert message.resends.count() == 0


def test_a_read_only_user_cannot_send_again(reader: Client, make_message: Make) -> None:
    message = make_message(State.FAILED)
    assert "Send again" not in reader.get(page(message)).content.decode()
    assert reader.get(again(message)).status_code == 403
    assert reader.post(again(message)).status_code == 403
    reader.post(reverse(LIST), {"action": "send-again", "_selected_action": [str(message.pk)], "action_form": "1"})
    assert CustomerNotification.objects.count() == 1


def test_many_are_sent_again_at_once_after_confirming(dispatcher: Client, make_message: Make) -> None:
    messages = [make_message(State.FAILED), make_message(State.UNKNOWN), make_message(State.QUEUED)]
    chosen = {"action": "send-again", "_selected_action": [str(message.pk) for message in messages]}
    assert b"action_form" in dispatcher.post(reverse(LIST), chosen).content
    assert CustomerNotification.objects.count() == 3
    said = dispatcher.post(reverse(LIST), {**chosen, "action_form": "1"}, follow=True).content.decode()
    assert "Send again: 2 done." in said
    assert "Send again: 1 left as they were." in said
    assert CustomerNotification.objects.filter(resent_of__isnull=False).count() == 2


def test_the_export_masks_addresses_and_holds_no_formula(admin: Client, make_message: Make, contact: Contact) -> None:
    contact.name = "=HYPERLINK(1)"
    contact.save()
    message = make_message(subject="+1+1")
    answer = admin.post(reverse(LIST), {"action": "export_csv", "_selected_action": [str(message.pk)]})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0]["contact"] == "'=HYPERLINK(1)"
    assert rows[0]["subject"] == "'+1+1"
    assert rows[0]["sent to"] == "a•••@example.com"
    assert rows[0]["event"] == "Upcoming booking"


def test_the_list_takes_as_many_queries_for_many_rows_as_for_one(admin: Client, make_message: Make) -> None:
    make_message()
    admin.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        admin.get(reverse(LIST))
    for _number in range(10):
        make_message()
    with CaptureQueriesContext(connection) as many:
        admin.get(reverse(LIST))
    assert len(many) == len(one)


def test_the_charts_have_their_numbers_as_a_table(admin: Client, make_message: Make, booking: Booking) -> None:
    for state in (State.SENT, State.FAILED, State.FAILED):
        make_message(state)
    by_state, by_channel = admin.get(reverse(LIST)).context["charts"]
    assert by_state.total == by_channel.total == 3
    assert by_state.rows[-1][1] == [1, 0, 0, 0, 2]
    assert by_channel.rows[-1][1] == [3, 0]
    assert sum(float(part.height) for part in by_state.drawn) <= 150
