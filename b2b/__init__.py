"""The composition root: settings, URL confs, WSGI, Celery and the supervisor. No domain logic."""
