"""Addresses of statements."""

from django.urls import path

from kangyu.web.views import statement_checks, statement_row, statement_trial, statements

urlpatterns = [
    path("statements/", statements.listing, name="statements"),
    path("statements/compute/", statements.compute, name="statement_compute"),
    path("statements/checks/", statement_checks.listing, name="statement_checks"),
    path("statements/checks/draw/", statement_checks.draw, name="statement_draw"),
    path("statements/checks/<int:id>/", statement_checks.one, name="statement_check"),
    path("statements/checks/<int:id>/<str:record>/", statement_checks.answer, name="statement_check_answer"),
    path("statements/<int:id>/", statements.sheet, name="statement"),
    path("statements/<int:id>/sign/", statements.sign, name="statement_sign"),
    path("statements/<int:id>/return/", statements.send_back, name="statement_return"),
    path("statements/<int:id>/do/<slug:move>/", statements.do, name="statement_do"),
    path("statements/<int:id>/sheet.xlsx", statements.workbook, name="statement_workbook"),
    path("statements/<int:id>/trial/", statement_trial.trial, name="statement_trial"),
    path("statements/<int:id>/<str:org>/", statement_row.row, name="statement_row"),
    path("statements/<int:id>/<str:org>/<str:item>/", statement_row.records, name="statement_records"),
]
