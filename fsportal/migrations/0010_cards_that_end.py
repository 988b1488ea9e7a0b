"""Cards that end: snoozed, taken, opened, and mailed to the people on call; ratings that were seen to."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('fsportal', '0009_reopened'),
    ]

    operations = [
        migrations.AddField(
            model_name='portalsettings',
            name='on_call',
            field=models.ManyToManyField(blank=True, help_text='Who gets that email, at the address of their user. Nobody chosen: it is not sent.', related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='on call'),
        ),
        migrations.AddField(
            model_name='portalsettings',
            name='unopened_card_minutes',
            field=models.PositiveSmallIntegerField(db_default=15, default=15, help_text='A card of high priority that nobody has opened, taken or snoozed by then is mailed once to the people on call. 0: never.', validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='mail unopened cards after, minutes'),
        ),
    ]
