from django.urls import URLPattern, URLResolver, path

from partners.compliance.api.views import Documents

urlpatterns: list[URLPattern | URLResolver] = [path("compliance/documents", Documents.as_view())]
