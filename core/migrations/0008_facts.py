"""Facts about fixtures and odds: their outbox, their sequence, and where each handler stands."""

from django.db import migrations, models

import core.ids
from core.operations import GlobalTable, TenantTable


class Migration(migrations.Migration):
    dependencies = (("core", "0007_records_name_their_transaction"),)

    operations = (
        migrations.CreateModel(
            name="FactOutbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "tenant_id",
                    models.UUIDField(help_text="whose fixture it is; empty: the platform's", null=True),
                ),
                ("type", models.CharField(max_length=32)),
                ("occurred_at", models.DateTimeField()),
                ("data", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("sequence", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "tenant_id",
                    models.UUIDField(help_text="whose fixture it is; empty: the platform's", null=True),
                ),
                ("type", models.CharField(max_length=32)),
                ("occurred_at", models.DateTimeField()),
                ("data", models.JSONField()),
            ],
            options={"indexes": [models.Index(fields=["occurred_at"], name="facts_by_age")]},
        ),
        migrations.CreateModel(
            name="HandlerCursor",
            fields=[
                ("handler", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="QuarantinedFact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("handler", models.CharField(max_length=64)),
                ("sequence", models.BigIntegerField()),
                ("tenant_id", models.UUIDField(null=True)),
                ("type", models.CharField(max_length=32)),
                ("data", models.JSONField()),
                ("error", models.TextField()),
                ("occurred_at", models.DateTimeField()),
                ("quarantined_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(fields=("handler", "sequence"), name="a_fact_is_put_aside_once")
                ],
            },
        ),
        TenantTable(
            "core",
            "FactOutbox",
            {"b2b_api": "INSERT", "b2b_office": "INSERT", "b2b_jobs": "SELECT, INSERT, DELETE"},
        ),
        TenantTable(
            "core",
            "Fact",
            {"b2b_api": "SELECT", "b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT, DELETE"},
            shared=True,
        ),
        GlobalTable("core", "HandlerCursor", {"b2b_jobs": "SELECT, INSERT, UPDATE"}),
        TenantTable(
            "core", "QuarantinedFact", {"b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT, DELETE"}
        ),
    )
