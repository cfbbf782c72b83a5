"""Addresses of registers, ledgers and standards."""

from django.urls import path

from kangyu.web.views import ledger_rotation, ledgers, registers, standards, thing

urlpatterns = [
    path("registers/", registers.overview, name="registers"),
    path("registers/<slug:key>/", registers.listing, name="register"),
    path("registers/<slug:key>/export/", registers.export, name="register_export"),
    path("registers/<slug:key>/import/", registers.bring_in, name="register_import"),
    path("registers/<slug:key>/import/template/", registers.template, name="register_template"),
    path("registers/<slug:key>/import/<int:id>/", registers.sheet, name="register_sheet"),
    path("registers/<slug:key>/new/", thing.card, name="thing_new"),
    path("registers/<slug:key>/<str:id>/", thing.page, name="thing"),
    path("registers/<slug:key>/<str:id>/change/", thing.card, name="thing_change"),
    path("registers/<slug:key>/<str:id>/move/<slug:move>/", thing.move, name="thing_move"),
    path("registers/<slug:key>/<str:id>/form/<slug:form>/", thing.form, name="thing_form"),
    path("ledgers/", ledgers.overview, name="ledgers"),
    path("ledgers/<slug:key>/", ledgers.page, name="ledger"),
    path("ledgers/<slug:key>/enter/", ledgers.enter, name="ledger_enter"),
    path("ledgers/<slug:key>/rotation/", ledger_rotation.rotation, name="ledger_rotation"),
    path("ledgers/<slug:key>/<int:id>/", ledgers.account, name="ledger_account"),
    path("ledgers/<slug:key>/<int:id>/count/", ledgers.count, name="ledger_count"),
    path("standards/", standards.overview, name="standards"),
    path("standards/<slug:key>/", standards.page, name="standard"),
]
