"""Addresses behind every form page."""

from django.urls import path

from kangyu.web.views import forms

urlpatterns = [
    path("forms/suggest/<slug:kind>/", forms.suggest, name="form_suggest"),
    path("forms/draft/", forms.keep_draft, name="form_draft"),
    path("forms/draft/discard/", forms.discard_draft, name="form_draft_discard"),
    path("forms/blank/<slug:name>.pdf", forms.blank, name="form_blank"),
    path("visit/<int:pid>/print/<str:response>.pdf", forms.printed_visit, name="visit_print"),
    path("forms/file/<str:response>/<str:path>", forms.enclosed, name="form_file"),
]
