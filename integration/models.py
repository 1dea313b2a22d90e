"""The API request log: one row for every request of a partner's system, kept for 30 days."""

from django.db import models


class ApiRequest(models.Model):
    """One answered request. No header, no body, no query string: nothing that could be a secret.

    The table is partitioned by day: ids are UUIDv7 and begin with the time the request came in, so that a day
    is a range of ids, and the newest rows are those with the greatest. The table also has `transaction`, the
    number of the transaction that wrote the row, by which rows are counted in the order of commits.
    """

    id = models.UUIDField(primary_key=True)
    received_at = models.DateTimeField()
    request_id = models.CharField(max_length=128)
    tenant_id = models.UUIDField(null=True, help_text="empty where the request did not prove who asks")
    client_id = models.CharField(max_length=100, blank=True)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    route = models.CharField(max_length=200, blank=True, help_text="the path with names for its ids")
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=64, blank=True, help_text="the error's code")
    microseconds = models.PositiveIntegerField()
    bytes_in = models.PositiveIntegerField()
    bytes_out = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "integration_apirequest"
        verbose_name = "API request"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
