"""The Celery application: the worker runs what the relay and beat enqueue, with the login of the jobs."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep

from b2b.login import refuse_powerful_login
from core.acting import acting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
os.environ.setdefault("B2B_PROCESS", "jobs")


class ActingTask(Task):  # type: ignore[misc]
    """A task that acts in its own name, where it names nobody else."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with acting(self.name):
            return super().__call__(*args, **kwargs)


app = Celery("b2b", task_cls=ActingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]
def check_login(**_: Any) -> None:
    refuse_powerful_login()


@task_prerun.connect  # type: ignore[untyped-decorator]
def drop_dead_connections(**_: Any) -> None:
    """Begin each task with a connection that works: PostgreSQL may have restarted since the last one."""
    close_old_connections()
