from django.urls import path

from kangyu.api.fhir import views

urlpatterns = [
    path("", views.whole_system),
    path("metadata", views.metadata),
    path("<str:rtype>", views.resource_type),
    path("<str:rtype>/_search", views.search_by_post),
    path("<str:rtype>/<str:id>", views.instance),
    path("<str:rtype>/<str:id>/_history", views.instance_history),
    path("<str:rtype>/<str:id>/_history/<int:vid>", views.instance_version),
]
