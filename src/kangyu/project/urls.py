"""Which address leads where."""

from django.urls import include, path

from kangyu.web.views.health import health

urlpatterns = [
    path("health/", health),
    path("fhir/", include("kangyu.api.fhir.urls")),
    path("", include("kangyu.web.urls")),
]
handler400 = "kangyu.web.errors.bad_request"
handler403 = "kangyu.web.errors.forbidden"
handler404 = "kangyu.web.errors.not_found"
handler500 = "kangyu.web.errors.server_error"
