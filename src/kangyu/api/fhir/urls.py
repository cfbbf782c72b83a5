from django.urls import path

from kangyu.api.fhir import case_moves, views

urlpatterns = [
    path("", views.whole_system),
    path("metadata", views.metadata),
    path("<str:rtype>", views.resource_type),
    path("<str:rtype>/_search", views.search_by_post),
    path("<str:rtype>/<str:id>", views.instance),
    path("Task/<str:id>/$move", case_moves.move),
    path("<str:rtype>/<str:id>/_history", views.instance_history),
    path("<str:rtype>/<str:id>/_history/<int:vid>", views.instance_version),
]
