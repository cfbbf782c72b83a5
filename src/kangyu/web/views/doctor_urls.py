"""Addresses of the family doctor's pages."""

from django.urls import path

from kangyu.web.views import defaulters, doctor, doctor_person, doctor_together, doctor_visit, doses, doubtful, resident_hand_over

urlpatterns = [
    path("today/", doctor.today, name="today"),
    path("doubtful/", doubtful.listing, name="doubtful"),
    path("doubtful/sign/", doubtful.take_up, name="doubtful_take_up"),
    path("doubtful/<str:org>/", doubtful.one, name="doubtful_one"),
    path("immunisation/coverage/", doses.page, name="dose_coverage"),
    path("immunisation/defaulters/", defaulters.listing, name="defaulters"),
    path("immunisation/schools/", defaulters.schools, name="schools"),
    path("immunisation/schools/<str:org>/", defaulters.school, name="school"),
    path("immunisation/certificate/<int:pid>/", defaulters.certificate, name="certificate"),
    path("people/", doctor.people, name="people"),
    path("people/hand-over/", resident_hand_over.page, name="residents_hand_over"),
    path("people/hand-over/<int:id>/back/", resident_hand_over.give_back, name="residents_give_back"),
    path("people/<int:pid>/", doctor_person.person, name="person"),
    path("visit/<int:pid>/together/", doctor_together.visit, name="together"),
    path("visit/<int:pid>/together/judge/", doctor_together.judge, name="together_judge"),
    path("visit/<int:pid>/together/done/", doctor_together.done, name="together_done"),
    path("visit/<int:pid>/<slug:programme>/", doctor_visit.visit, name="visit"),
    path("visit/<int:pid>/<slug:programme>/judge/", doctor_visit.judge, name="visit_judge"),
    path("visit/<int:pid>/versions/<str:response>/", doctor_visit.versions, name="visit_versions"),
    path("visit/<int:pid>/done/<str:response>/", doctor_visit.done, name="visit_done"),
]
