"""The company's time zone, and lead times in hours.

Lead days were calendar days; now they are hours from the moment of booking. Equal numbers meant one day; they would
leave no time at all.
"""

import django.core.validators
import fsportal.lib.zones
from django.db import migrations, models


def leave_a_day(apps, schema_editor):
    equal = apps.get_model('fsportal', 'PortalSettings').objects.filter(min_lead_days=models.F('max_lead_days'))
    equal.update(max_lead_days=models.F('min_lead_days') + 1)


class Migration(migrations.Migration):

    dependencies = [
        ('fsportal', '0007_announcing'),
    ]

    operations = [
        migrations.AddField(
            model_name='portalsettings',
            name='min_lead_hours',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='0 to 23, added to the days of the minimum.', validators=[django.core.validators.MaxValueValidator(23)], verbose_name='and hours'),
        ),
        migrations.AddField(
            model_name='portalsettings',
            name='time_zone',
            field=models.CharField(db_default='UTC', default='UTC', help_text="Days and times in the Settings area are by this clock. Visits keep the zone of their address, technicians' pages that of the technician.", max_length=64, validators=[fsportal.lib.zones.validate_zone], verbose_name='company time zone'),
        ),
        migrations.AlterField(
            model_name='portalsettings',
            name='min_lead_days',
            field=models.PositiveSmallIntegerField(default=1, help_text='A day is 24 hours by the clock: with 1, at 18:00 nothing before 18:00 tomorrow is offered.', verbose_name='minimum lead time, days'),
        ),
        migrations.RunPython(leave_a_day, migrations.RunPython.noop),
    ]
