"""Reminders of KYB have the state that all letters have; those that went out before went out at `sent_at`."""

from django.db import migrations, models

from core.operations import GlobalTable, Sql


class Migration(migrations.Migration):
    dependencies = (("partners", "0049_matches_stay"),)

    operations = (
        migrations.AddField(
            model_name='kybreminder',
            name='state',
            field=models.CharField(choices=[('pending', 'Pending'), ('sent', 'Sent'), ('failed', 'Failed')], default='pending', max_length=8),
        ),
        migrations.AddField(
            model_name='kybreminder',
            name='tried_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        Sql(
            "UPDATE partners_kybreminder SET tried_at = sent_at, state = CASE WHEN sent_at IS NOT NULL THEN 'sent' "
            "WHEN failure <> '' THEN 'failed' ELSE 'pending' END"
        ),
        migrations.RemoveField(
            model_name='kybreminder',
            name='sent_at',
        ),
        migrations.AddConstraint(
            model_name='kybreminder',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'sent', 'failed'])), name='a_kyb_reminder_has_a_known_state'),
        ),
        migrations.AddConstraint(
            model_name='kybreminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('failure', ''), _negated=True), _connector='OR'), name='a_failed_kyb_reminder_says_why'),
        ),
        GlobalTable("partners", "KybReminder", {"b2b_jobs": "UPDATE (state, tried_at)"}),
    )
