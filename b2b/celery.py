"""The Celery application: the worker runs what the relay and beat enqueue, with the login of the jobs."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
os.environ.setdefault("B2B_PROCESS", "jobs")

app = Celery("b2b")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
