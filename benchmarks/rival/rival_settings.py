"""Django settings of django-hordak alone, as its documentation has them."""

import os

import dj_database_url

SECRET_KEY = "measures nothing"
DATABASES = {"default": dj_database_url.parse(os.environ["RIVAL_DATABASE"], conn_max_age=600)}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
CURRENCIES = ["EUR"]
DEFAULT_CURRENCY = "EUR"
