"""Addresses of the pages: short, readable, fit to be sent to a colleague."""

from django.urls import path

from kangyu.web.views import search, sign_in

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("me/second-factor/", sign_in.second_factor, name="second_factor"),
    path("me/password/", sign_in.password, name="password"),
    path("search/", search.search, name="search"),
]
