"""Cards that end: snoozed, taken, opened, and mailed to the people on call; ratings that were seen to."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contenttypes', '0002_remove_content_type_name'),
        ('notifications', '0007_reopened'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='UnopenedCard',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40, verbose_name='kind')),
                ('regarding_type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contenttypes.contenttype')),
                ('regarding_id', models.UUIDField()),
                ('mailed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='mailed')),
            ],
            options={
                'verbose_name': 'unopened card',
                'verbose_name_plural': 'unopened cards',
            },
        ),
        migrations.RemoveIndex(
            model_name='appnotification',
            name='app_notification_unseen',
        ),
        migrations.AddField(
            model_name='appnotification',
            name='opened_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='opened'),
        ),
        migrations.AddField(
            model_name='appnotification',
            name='snoozed_until',
            field=models.DateTimeField(editable=False, null=True, verbose_name='snoozed until'),
        ),
        migrations.AddField(
            model_name='appnotification',
            name='taken_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='taken'),
        ),
        migrations.AddField(
            model_name='appnotification',
            name='taken_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken by'),
        ),
        migrations.AlterField(
            model_name='customernotification',
            name='reason',
            field=models.CharField(blank=True, choices=[('no_contact', 'Nobody to tell: no reported-by contact and no fallback contact'), ('no_address', 'The contact has no address on this channel'), ('opted_out', 'The contact has opted out of this channel'), ('not_wanted', 'The contact does not want this message on this channel'), ('excluded_account', 'The account is on the exclusion list'), ('excluded_type', 'The work order type is on the exclusion list'), ('inactive_account', 'The account is not active'), ('switched_off', 'This message is switched off in the settings'), ('channel_off', 'This channel is switched off in the settings'), ('country', "The number's country is not among the allowed ones"), ('not_on_guest_list', 'The address is not on the guest list'), ('subject_gone', 'What the message was about has been deleted'), ('status_changed', 'The visit has another status by now'), ('newer_message', 'A newer message says it'), ('changed_back', 'The time is again close to what the contact was told'), ('recipient_changed', 'Messages about this work go to somebody else by now'), ('not_reminded', 'The contact was never told of this visit'), ('already_told', 'The contact was told the same a short while ago'), ('small_move', 'The start moved by ten minutes or less'), ('quiet_hours', 'Outside the hours in which messages go out'), ('do_not_tell', 'Whoever made the change chose to tell nobody'), ('nothing_to_correct', 'The contact does not expect anybody at the moment'), ('not_told_otherwise', 'The contact was told nothing else'), ('too_late', 'The time in which it was of use has passed'), ('not_connected', 'The channel is not connected'), ('provider', 'The provider did not take it'), ('refused', 'The address was refused for good'), ('lapsed', 'The worker stopped while sending; whether it went out cannot be known'), ('gave_up', 'It was tried as often as it may be'), ('unknown_address', 'Nobody signs in with this address'), ('inactive_user', 'The account of this address is closed'), ('no_password', 'This person signs in without a password'), ('invitation_over', 'The invitation was withdrawn, has expired or is used up'), ('card_settled', 'The card was opened, or what it was about is over'), ('erased', 'The person has been erased'), ('restored', 'It had gone out before the database was restored'), ('cannot_render', 'The message could not be written')], max_length=20, verbose_name='reason'),
        ),
        migrations.AddIndex(
            model_name='appnotification',
            index=models.Index(condition=models.Q(('dismissed_at', None), ('seen_at', None)), fields=['owner', 'expires_at', 'snoozed_until'], name='app_notification_awake'),
        ),
        migrations.AddIndex(
            model_name='appnotification',
            index=models.Index(condition=models.Q(('snoozed_until__isnull', False)), fields=['owner', 'snoozed_until'], name='app_notification_snoozed'),
        ),
        migrations.AddIndex(
            model_name='appnotification',
            index=models.Index(condition=models.Q(('taken_at__isnull', False)), fields=['taken_at'], name='app_notification_taken'),
        ),
        migrations.AddIndex(
            model_name='appnotification',
            index=models.Index(condition=models.Q(('taken_by__isnull', False)), fields=['taken_by'], name='app_notification_taken_by'),
        ),
        migrations.AddConstraint(
            model_name='unopenedcard',
            constraint=models.UniqueConstraint(fields=('regarding_id', 'kind', 'regarding_type'), name='one_mail_per_card'),
        ),
    ]
