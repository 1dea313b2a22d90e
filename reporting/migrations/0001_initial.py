"""Figures by the hour and the day, and how far they are counted."""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("partners", "0030_four_eyes"),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Mark",
                fields=[
                    (
                        "source",
                        models.CharField(
                            choices=[
                                ("ledger", "Ledger"),
                                ("refusals", "Refusals"),
                                ("requests", "Requests"),
                            ],
                            max_length=16,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("transaction_end", models.BigIntegerField()),
                    ("counted_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="PlatformBets",
                fields=[
                    ("currency", models.CharField(max_length=16)),
                    ("bets_placed", models.BigIntegerField(default=0)),
                    ("bets_refused", models.BigIntegerField(default=0)),
                    ("bets_settled", models.BigIntegerField(default=0)),
                    (
                        "corrections",
                        models.BigIntegerField(
                            default=0, help_text="settlements that changed an earlier one"
                        ),
                    ),
                    ("stakes_placed", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    ("stakes_settled", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    ("payouts", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "kind",
                            "hour",
                            "currency",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("kind", models.CharField(max_length=16)),
                    ("hour", models.DateTimeField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="PlatformRequests",
                fields=[
                    ("requests", models.BigIntegerField(default=0)),
                    ("refused", models.BigIntegerField(default=0)),
                    ("failed", models.BigIntegerField(default=0)),
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "kind", "hour", blank=True, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("kind", models.CharField(max_length=16)),
                    ("hour", models.DateTimeField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="DailyBets",
                fields=[
                    ("currency", models.CharField(max_length=16)),
                    ("bets_placed", models.BigIntegerField(default=0)),
                    ("bets_refused", models.BigIntegerField(default=0)),
                    ("bets_settled", models.BigIntegerField(default=0)),
                    (
                        "corrections",
                        models.BigIntegerField(
                            default=0, help_text="settlements that changed an earlier one"
                        ),
                    ),
                    ("stakes_placed", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    ("stakes_settled", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    ("payouts", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "tenant_id",
                            "day",
                            "currency",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("day", models.DateField()),
                    (
                        "tenant",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            to="partners.tenant",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="DailyRequests",
                fields=[
                    ("requests", models.BigIntegerField(default=0)),
                    ("refused", models.BigIntegerField(default=0)),
                    ("failed", models.BigIntegerField(default=0)),
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "tenant_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("day", models.DateField()),
                    (
                        "tenant",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            to="partners.tenant",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="HourlyBets",
                fields=[
                    ("currency", models.CharField(max_length=16)),
                    ("bets_placed", models.BigIntegerField(default=0)),
                    ("bets_refused", models.BigIntegerField(default=0)),
                    ("bets_settled", models.BigIntegerField(default=0)),
                    (
                        "corrections",
                        models.BigIntegerField(
                            default=0, help_text="settlements that changed an earlier one"
                        ),
                    ),
                    ("stakes_placed", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    ("stakes_settled", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    ("payouts", models.DecimalField(decimal_places=18, default=0, max_digits=38)),
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "tenant_id",
                            "hour",
                            "currency",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("hour", models.DateTimeField()),
                    (
                        "tenant",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            to="partners.tenant",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="HourlyRequests",
                fields=[
                    ("requests", models.BigIntegerField(default=0)),
                    ("refused", models.BigIntegerField(default=0)),
                    ("failed", models.BigIntegerField(default=0)),
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "tenant_id",
                            "hour",
                            "endpoint",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    ("hour", models.DateTimeField()),
                    ("endpoint", models.CharField(max_length=64)),
                    (
                        "tenant",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            to="partners.tenant",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
        ),
    ]
