"""Addresses of signals."""

from django.urls import path

from kangyu.web.views import backtests, signals

urlpatterns = [
    path("signals/", signals.board, name="signals"),
    path("signals/backtests/", backtests.new, name="backtests"),
    path("signals/backtests/<int:id>/", backtests.one, name="backtest"),
    path("signals/<int:id>/", signals.signal, name="signal"),
]
