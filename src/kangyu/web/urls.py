"""Addresses of the pages: short, readable, fit to be sent to a colleague."""

from django.urls import include, path

from kangyu.web.views import accounts, audit, content, indicators, plan, plan_documents, record_imports, reports, search, sign_in

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("me/second-factor/", sign_in.second_factor, name="second_factor"),
    path("me/password/", sign_in.password, name="password"),
    path("search/", search.search, name="search"),
    path("plan/", plan.overview, name="plan"),
    path("plan/imports/", plan_documents.imports, name="plan_imports"),
    path("plan/imports/<int:id>/", plan_documents.one_import, name="plan_import"),
    path("plan/imports/<int:id>/accept/", plan_documents.accept_certain, name="plan_accept_certain"),
    path("plan/imports/<int:id>/official/", plan_documents.make_official, name="plan_official"),
    path("plan/imports/<int:id>/compare/", plan_documents.compare, name="plan_compare"),
    path("plan/items/<int:id>/", plan_documents.one_item, name="plan_item"),
    path("plan/document/<int:id>/", plan_documents.text, name="plan_document"),
    path("indicators/", indicators.listing, name="indicators"),
    path("indicators/<slug:key>/", indicators.indicator, name="indicator"),
    path("indicators/<slug:key>/people/", indicators.people, name="indicator_people"),
    path("report/", reports.listing, name="reports"),
    path("report/<slug:key>/", reports.report, name="report"),
    path("content/", content.overview, name="content"),
    path("content/<slug:kind>/", content.kind, name="content_kind"),
    path("content/<slug:kind>/<slug:name>/", content.declaration, name="declaration"),
    path("admin/", accounts.administration, name="administration"),
    path("admin/accounts/", accounts.account_list, name="accounts"),
    path("admin/accounts/open/", accounts.account_open, name="account_open"),
    path("admin/accounts/institutions/", accounts.institution_options, name="institution_options"),
    path("admin/accounts/<str:username>/", accounts.account_page, name="account"),
    path("admin/accounts/<str:username>/active/", accounts.account_active, name="account_active"),
    path("admin/accounts/<str:username>/password/", accounts.account_password, name="account_password"),
    path("admin/accounts/<str:username>/second-factor/", accounts.account_second_factor, name="account_second_factor"),
    path("admin/imports/", record_imports.imports, name="record_imports"),
    path("admin/imports/<str:id>/", record_imports.one_import, name="record_import"),
    path("admin/audit/", audit.trail, name="audit"),
    path("", include("kangyu.web.views.doctor_urls")),
]
