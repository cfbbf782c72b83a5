"""Addresses of cases."""

from django.urls import path

from kangyu.web.views import case_find, case_hand_over, case_list, case_moves, case_page, cases, outbreaks

urlpatterns = [
    path("cases/", cases.inbox, name="cases"),
    path("cases/boards/", cases.boards, name="case_boards"),
    path("cases/boards/<slug:procedure>/", cases.board, name="case_board"),
    path("cases/open/<slug:procedure>/<slug:kind>/<str:id>/", case_moves.open_case, name="case_open"),
    path("cases/open/<slug:procedure>/<slug:kind>/<str:id>/judge/", case_moves.judge_opening, name="case_open_judge"),
    path("cases/list/<slug:procedure>/", case_list.case_list, name="case_list"),
    path("cases/missing/<slug:procedure>/", case_list.missing, name="case_missing"),
    path("cases/find/", case_find.find, name="case_find"),
    path("cases/hand-over/", case_hand_over.many, name="case_hand_over_many"),
    path("outbreaks/<str:id>/", outbreaks.outbreak, name="outbreak"),
    path("outbreaks/<str:id>/decide/", outbreaks.decide, name="outbreak_decide"),
    path("cases/<str:id>/", case_page.case, name="case"),
    path("cases/<str:id>/hand-over/", case_hand_over.hand_over, name="case_hand_over"),
    path("cases/<str:id>/hand-over/answer/", case_hand_over.answer, name="case_hand_over_answer"),
    path("cases/<str:id>/paper/<slug:form>/", case_list.printed, name="case_paper"),
    path("cases/<str:id>/same/", case_page.same, name="case_same"),
    path("cases/<str:id>/<slug:move>/", case_moves.move, name="case_move"),
    path("cases/<str:id>/<slug:move>/judge/", case_moves.judge, name="case_judge"),
]
