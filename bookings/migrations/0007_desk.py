"""The desk: absences, skills, teams, buffers, arrival windows, and work that waits to be planned."""

import django.db.models.deletion
import fsportal.lib.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0006_cards_that_end'),
        ('fsportal', '0010_cards_that_end'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to='bookings.resource', verbose_name='resource')),
                ('kind', models.CharField(choices=[('ill', 'Ill'), ('holiday', 'Holiday'), ('training', 'Training'), ('other', 'Other')], default='ill', max_length=10, verbose_name='kind')),
                ('start', models.DateTimeField(verbose_name='from')),
                ('end', models.DateTimeField(verbose_name='until')),
                ('note', models.CharField(blank=True, max_length=200, validators=[fsportal.lib.text.validate_no_control], verbose_name='note')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
            ],
            options={
                'verbose_name': 'absence',
                'verbose_name_plural': 'absences',
                'ordering': ['-start'],
            },
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, unique=True, validators=[fsportal.lib.text.validate_no_control], verbose_name='name')),
            ],
            options={
                'verbose_name': 'skill',
                'verbose_name_plural': 'skills',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SpecialDay',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='special_days', to='bookings.resource', verbose_name='resource')),
                ('day', models.DateField(verbose_name='day')),
                ('hours', models.JSONField(blank=True, default=list, verbose_name='working hours')),
            ],
            options={
                'verbose_name': 'special day',
                'verbose_name_plural': 'special days',
                'ordering': ['-day'],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, unique=True, validators=[fsportal.lib.text.validate_no_control], verbose_name='name')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='booking',
            name='window_end',
            field=models.DateTimeField(editable=False, null=True, verbose_name='arrival window, until'),
        ),
        migrations.AddField(
            model_name='booking',
            name='window_start',
            field=models.DateTimeField(editable=False, null=True, verbose_name='arrival window, from'),
        ),
        migrations.AddField(
            model_name='bookingchange',
            name='despite',
            field=models.CharField(blank=True, db_default='', default='', max_length=100, verbose_name='in spite of'),
        ),
        migrations.AddField(
            model_name='incidenttype',
            name='buffer_after_minutes',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Besides the drive.', verbose_name='free after the visit, minutes'),
        ),
        migrations.AddField(
            model_name='incidenttype',
            name='buffer_before_minutes',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Besides the drive.', verbose_name='free before the visit, minutes'),
        ),
        migrations.AddField(
            model_name='incidenttype',
            name='window_minutes',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Customers are told a window of this length instead of the minute. Empty: the minute.', null=True, verbose_name='arrival window, minutes'),
        ),
        migrations.AddField(
            model_name='resource',
            name='public_holidays',
            field=models.CharField(blank=True, db_default='', default='', help_text='A country, or a country and its region, such as GB or DE-BY. Empty: works on public holidays.', max_length=10, verbose_name='public holidays of'),
        ),
        migrations.AddField(
            model_name='resource',
            name='travel_radius',
            field=models.PositiveIntegerField(blank=True, help_text='How far from the start place, in the unit of the settings. Empty: as the settings say.', null=True, verbose_name='travel radius'),
        ),
        migrations.AddField(
            model_name='workorder',
            name='request',
            field=models.TextField(blank=True, db_default='', default='', max_length=1000, verbose_name='what the customer asked for'),
        ),
        migrations.AddField(
            model_name='workorder',
            name='waits_since',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='to be planned since'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('waits_since__isnull', False)), fields=['waits_since'], name='work_order_waits'),
        ),
        migrations.AddField(
            model_name='absence',
            name='created_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='incidenttype',
            name='skills',
            field=models.ManyToManyField(blank=True, related_name='incident_types', to='bookings.skill', verbose_name='skills that it asks for'),
        ),
        migrations.AddField(
            model_name='resource',
            name='skills',
            field=models.ManyToManyField(blank=True, related_name='resources', to='bookings.skill', verbose_name='skills'),
        ),
        migrations.AddField(
            model_name='resource',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='resources', to='bookings.team', verbose_name='team'),
        ),
        migrations.AddIndex(
            model_name='absence',
            index=models.Index(fields=['resource', 'end'], name='absence_of_resource_ending'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('end__gt', models.F('start'))), name='absence_ends_after_start', violation_error_message='The end must be after the start.'),
        ),
        migrations.AddConstraint(
            model_name='specialday',
            constraint=models.UniqueConstraint(fields=('resource', 'day'), name='one_special_day_per_date'),
        ),
    ]
