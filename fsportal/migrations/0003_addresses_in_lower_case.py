from django.db import migrations
from django.db.models.functions import Lower


def lower_case(apps, schema_editor):
    """As people are looked up at sign-in from now on."""
    users = apps.get_model("fsportal", "User").objects.using(schema_editor.connection.alias)
    users.exclude(email=Lower("email")).update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [("fsportal", "0002_customers_come_in")]

    operations = [migrations.RunPython(lower_case, migrations.RunPython.noop)]
