"""What partners must prove, the documents they hand in, reminders, and suspensions for compliance."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import core.ids
import partners.compliance.models
from core.operations import Together


class Migration(migrations.Migration):
    dependencies = [("partners", "0012_onboarding_begins")]

    operations = [
        Together(
            migrations.CreateModel(
                name="ComplianceRequirement",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "jurisdiction",
                        models.CharField(
                            help_text="* for every one, else a country or a part: GB, US-NJ", max_length=8
                        ),
                    ),
                    (
                        "area",
                        models.CharField(
                            choices=[
                                ("data_protection", "Data protection"),
                                ("aml", "Anti-money-laundering"),
                                ("kyc", "Know your customer"),
                                ("responsible_gambling", "Responsible gambling"),
                                ("local_licence", "Local licence"),
                            ],
                            max_length=24,
                        ),
                    ),
                    (
                        "document_type",
                        models.CharField(help_text="as partners name it: gaming_licence", max_length=48),
                    ),
                    ("title", models.CharField(max_length=120)),
                    (
                        "mandatory",
                        models.BooleanField(default=True, help_text="the area is not accepted without it"),
                    ),
                    ("expires", models.BooleanField(default=False, verbose_name="has a last day")),
                    (
                        "reminder_days",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.PositiveSmallIntegerField(),
                            default=partners.compliance.models._reminder_days,
                            help_text="days before the last day",
                            size=None,
                        ),
                    ),
                    ("is_active", models.BooleanField(default=True, verbose_name="asked for")),
                ],
                options={
                    "ordering": ("area", "document_type", "jurisdiction"),
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("jurisdiction", "document_type"),
                            name="a_jurisdiction_asks_for_a_document_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("jurisdiction__regex", "^([*]|[A-Z]{2}(-[A-Z0-9]{1,3})?)$")),
                            name="a_requirement_binds_all_or_a_country",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "area__in",
                                    [
                                        "data_protection",
                                        "aml",
                                        "kyc",
                                        "responsible_gambling",
                                        "local_licence",
                                    ],
                                )
                            ),
                            name="a_requirement_is_of_a_known_area",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("document_type__regex", "^[a-z][a-z0-9_]*$")),
                            name="a_document_type_is_a_plain_word",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="EvidenceFile",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "partner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="evidence",
                            to="partners.partner",
                        ),
                    ),
                    (
                        "requirement",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="evidence",
                            to="partners.compliancerequirement",
                        ),
                    ),
                    ("file_name", models.CharField(max_length=120)),
                    ("size_bytes", models.PositiveIntegerField()),
                    ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                    ("content_type", models.CharField(max_length=32)),
                    ("issued_on", models.DateField(blank=True, null=True)),
                    ("expires_on", models.DateField(blank=True, null=True, verbose_name="last day")),
                    ("uploaded_by", models.CharField(max_length=150)),
                    (
                        "uploader",
                        models.CharField(choices=[("client", "Client"), ("staff", "Staff")], max_length=8),
                    ),
                    ("uploaded_at", models.DateTimeField()),
                    (
                        "status",
                        models.CharField(
                            choices=[
                                ("submitted", "Submitted"),
                                ("accepted", "Accepted"),
                                ("rejected", "Rejected"),
                                ("expired", "Expired"),
                                ("replaced", "Replaced"),
                            ],
                            default="submitted",
                            max_length=12,
                        ),
                    ),
                    ("decided_by", models.CharField(blank=True, max_length=150)),
                    ("decided_at", models.DateTimeField(blank=True, null=True)),
                    ("reopened_at", models.DateTimeField(blank=True, null=True)),
                    ("note", models.TextField(blank=True)),
                ],
                options={
                    "verbose_name": "document",
                    "ordering": ("uploaded_at", "id"),
                    "permissions": (
                        ("decide_evidencefile", "Can accept, reject and reopen documents"),
                        ("download_evidencefile", "Can download documents and dossiers"),
                    ),
                    "indexes": [
                        models.Index(fields=["partner", "-id"], name="documents_of_a_partner"),
                        models.Index(fields=["status", "uploaded_at"], name="documents_by_status_and_age"),
                        models.Index(
                            condition=models.Q(("status", "accepted")),
                            fields=["expires_on"],
                            name="documents_by_their_last_day",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("status", "accepted")),
                            fields=("partner", "requirement"),
                            name="a_requirement_has_one_accepted_document",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("status__in", ["submitted", "accepted", "rejected", "expired", "replaced"])
                            ),
                            name="a_document_has_a_known_status",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("content_type__in", ("application/pdf", "image/png", "image/jpeg"))
                            ),
                            name="a_document_is_a_pdf_or_a_picture",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                            name="a_document_has_its_digest",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("size_bytes__gt", 0)), name="a_document_is_not_empty"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("expires_on__isnull", True),
                                ("issued_on__isnull", True),
                                ("expires_on__gte", models.F("issued_on")),
                                _connector="OR",
                            ),
                            name="a_document_ends_after_it_begins",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("decided_at__isnull", True), ("decided_by", ""), ("status", "submitted")
                                ),
                                models.Q(
                                    models.Q(("status", "submitted"), _negated=True),
                                    ("decided_at__isnull", False),
                                    models.Q(("decided_by", ""), _negated=True),
                                ),
                                _connector="OR",
                            ),
                            name="a_decision_says_who_and_when",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("status", "rejected"), _negated=True),
                                models.Q(("note", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="a_rejection_says_why",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ComplianceReminder",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "evidence",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="reminders",
                            to="partners.evidencefile",
                        ),
                    ),
                    ("days", models.PositiveSmallIntegerField()),
                    (
                        "state",
                        models.CharField(
                            choices=[("pending", "Pending"), ("sent", "Sent"), ("failed", "Failed")],
                            default="pending",
                            max_length=8,
                        ),
                    ),
                    ("asked_by", models.CharField(max_length=150)),
                    ("asked_at", models.DateTimeField()),
                    ("note", models.TextField(blank=True)),
                    (
                        "recipients",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=254), default=list, size=None
                        ),
                    ),
                    ("attempts", models.PositiveSmallIntegerField(default=0)),
                    ("tried_at", models.DateTimeField(blank=True, null=True)),
                    ("failure", models.TextField(blank=True)),
                ],
                options={
                    "verbose_name": "reminder",
                    "ordering": ("-asked_at", "-id"),
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "sent"), _negated=True),
                            fields=["asked_at"],
                            name="reminders_to_be_sent",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("days__gt", 0)),
                            fields=("evidence", "days"),
                            name="a_document_has_one_reminder_for_each_distance",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("state__in", ["pending", "sent", "failed"])),
                            name="a_reminder_has_a_known_state",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "failed"), _negated=True),
                                models.Q(("failure", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="a_failed_reminder_says_why",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ComplianceSuspension",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "partner",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="compliance_suspensions",
                            to="partners.partner",
                        ),
                    ),
                    ("suspended_at", models.DateTimeField()),
                    ("reason", models.TextField()),
                    ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ],
                options={
                    "verbose_name": "compliance suspension",
                    "ordering": ("-suspended_at",),
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("lifted_at__isnull", True)),
                            fields=("partner",),
                            name="a_partner_is_suspended_by_compliance_once_at_a_time",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("lifted_at__isnull", True),
                                ("lifted_at__gte", models.F("suspended_at")),
                                _connector="OR",
                            ),
                            name="a_suspension_ends_after_it_begins",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("reason", ""), _negated=True),
                            name="a_compliance_suspension_says_why",
                        ),
                    ],
                },
            ),
        ),
    ]
