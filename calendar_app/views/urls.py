"""The pages."""

from django.urls import path

from calendar_app.views import frame

urlpatterns = [
    path("language/", frame.set_language, name="set_language"),
]
