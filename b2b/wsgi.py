"""The WSGI application that granian serves, for the API or the office by `B2B_PROCESS`."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from b2b.login import refuse_powerful_login

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
os.environ.setdefault("B2B_PROCESS", "api")

# The office enqueues tasks by Celery's default app.
import_module("b2b.celery")
application = get_wsgi_application()
refuse_powerful_login()
# Every view is imported now: a broken one stops the start, and the first request is as quick as the next.
import_module(settings.ROOT_URLCONF)
