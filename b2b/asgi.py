"""The ASGI application of the stream's process, which logs in as the API does."""

import os
from importlib import import_module

from django.conf import settings
from django.core.asgi import get_asgi_application

from b2b.login import refuse_powerful_login
from streaming.app import StreamApplication

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
os.environ.setdefault("B2B_PROCESS", "api")

application = StreamApplication(api=get_asgi_application())
refuse_powerful_login()
import_module(settings.ROOT_URLCONF)
