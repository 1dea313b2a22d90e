"""The request log: a partitioned table that the api adds to and never reads."""

from django.db import migrations, models

from core.operations import GlobalTable, Sql, SqlFile

TABLE = """
CREATE TABLE integration_apirequest (
    id uuid NOT NULL PRIMARY KEY,
    received_at timestamptz NOT NULL,
    request_id varchar(128) NOT NULL,
    tenant_id uuid,
    client_id varchar(100) NOT NULL,
    method varchar(8) NOT NULL,
    path varchar(300) NOT NULL,
    route varchar(200) NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 100 AND 599),
    code varchar(64) NOT NULL,
    microseconds integer NOT NULL CHECK (microseconds >= 0),
    bytes_in integer NOT NULL CHECK (bytes_in >= 0),
    bytes_out integer NOT NULL CHECK (bytes_out >= 0)
) PARTITION BY RANGE (id)
"""


class Migration(migrations.Migration):
    dependencies = (("core", "0003_lock_reference"),)

    operations = (
        migrations.CreateModel(
            name="ApiRequest",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("received_at", models.DateTimeField()),
                ("request_id", models.CharField(max_length=128)),
                (
                    "tenant_id",
                    models.UUIDField(help_text="empty where the request did not prove who asks", null=True),
                ),
                ("client_id", models.CharField(blank=True, max_length=100)),
                ("method", models.CharField(max_length=8)),
                ("path", models.CharField(max_length=300)),
                (
                    "route",
                    models.CharField(blank=True, help_text="the path with names for its ids", max_length=200),
                ),
                ("status", models.PositiveSmallIntegerField()),
                ("code", models.CharField(blank=True, help_text="the error's code", max_length=64)),
                ("microseconds", models.PositiveIntegerField()),
                ("bytes_in", models.PositiveIntegerField()),
                ("bytes_out", models.PositiveIntegerField()),
            ],
            options={
                "verbose_name": "API request",
                "db_table": "integration_apirequest",
                "ordering": ("-id",),
                "managed": False,
            },
        ),
        Sql(TABLE),
        Sql("CREATE INDEX requests_by_their_id ON integration_apirequest (request_id)"),
        Sql("CREATE INDEX requests_of_a_tenant ON integration_apirequest (tenant_id, id DESC)"),
        Sql(
            "CREATE INDEX failed_requests_of_a_tenant ON integration_apirequest (tenant_id, id DESC) "
            "INCLUDE (method, route, status, code) WHERE status >= 400"
        ),
        Sql("CREATE TABLE integration_apirequest_default PARTITION OF integration_apirequest DEFAULT"),
        GlobalTable(
            "integration",
            "ApiRequest",
            {"b2b_api": "INSERT", "b2b_office": "SELECT", "b2b_jobs": "SELECT"},
        ),
        SqlFile("integration", "first_id"),
        SqlFile("integration", "keep_partitions"),
        Sql("REVOKE ALL ON FUNCTION integration_keep_partitions(date, int, int) FROM PUBLIC"),
        Sql("GRANT EXECUTE ON FUNCTION integration_keep_partitions(date, int, int) TO b2b_jobs"),
        Sql("SELECT integration_keep_partitions((now() AT TIME ZONE 'UTC')::date, 30, 7)"),
    )
