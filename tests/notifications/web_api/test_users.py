"""The entity set `systemusers`: whom programs and scripts can look up to send them something."""

import pytest

from fsportal.models import User
from tests.factories import UserFactory
from tests.notifications.web_api.stage import CREATE, GLOBAL, READ, SEND, Api, person

pytestmark = pytest.mark.django_db
SIDES = ("TrueOption", "FalseOption")


@pytest.fixture
def user(db: None) -> User:
    return person(SEND, GLOBAL, first_name="Ada", last_name="Admin")


@pytest.fixture
def api(user: User) -> Api:
    return Api(user)


@pytest.fixture
def reading(db: None) -> User:
    return person(READ, first_name="Rita", last_name="Reader")


def test_users_are_read_within_reach_and_customers_are_none_of_them(api: Api, user: User, reading: User) -> None:
    UserFactory(username="customer")
    assert {row["fullname"] for row in api.get("systemusers").rows} == {"Ada Admin", "Rita Reader"}
    (row,) = api.get("systemusers?$filter=fullname eq 'rita reader'&$orderby=fullname desc").rows
    assert (row["systemuserid"], row["domainname"]) == (str(reading.pk), reading.username)
    assert [row["systemuserid"] for row in Api(reading).get("systemusers").rows] == [str(reading.pk)]
    assert Api(reading).get(f"systemusers({user.pk})").status == 404
    assert CREATE not in str(api.get(f"systemusers({reading.pk})").json)


@pytest.mark.parametrize(
    ("condition", "number"),
    [
        ("isdisabled eq false and internalemailaddress eq 'RITA@example.com'", 1),
        ("contains(fullname,'rita') and isdisabled eq false", 1),
        ("startswith(firstname,'Ri') and lastname ne null", 1),
        ("not (isdisabled eq true)", 2),
        ("isdisabled ne false", 0),
    ],
)
def test_a_recipient_is_looked_up_as_scripts_for_dataverse_do(
    api: Api, reading: User, condition: str, number: int
) -> None:
    User.objects.filter(pk=reading.pk).update(email="rita@example.com")
    select = "systemuserid,fullname,firstname,lastname,internalemailaddress,isdisabled"
    rows = api.get(f"systemusers?$select={select}&$filter={condition}&$orderby=isdisabled,fullname&$top=20").rows
    assert len(rows) == number
    assert {row["isdisabled"] for row in rows} <= {False}


def test_a_yes_or_no_is_described(api: Api) -> None:
    path = "EntityDefinitions(LogicalName='systemuser')/Attributes"
    cast = "Microsoft.Dynamics.CRM.BooleanAttributeMetadata"
    (found,) = api.get(f"{path}/{cast}?$select=LogicalName&$expand=OptionSet").rows
    labels = {side: found["OptionSet"][side]["Label"]["UserLocalizedLabel"]["Label"] for side in SIDES}
    assert (found["LogicalName"], labels) == ("isdisabled", {"TrueOption": "Yes", "FalseOption": "No"})
    plain = api.get("systemusers?$select=isdisabled&$top=1", Prefer='odata.include-annotations="*"').rows[0]
    assert plain["isdisabled@OData.Community.Display.V1.FormattedValue"] == "No"
