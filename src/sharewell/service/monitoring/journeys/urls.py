"""The addresses of journeys. A person is called by their pseudonym there, and nothing else."""

from django.urls import path

from sharewell.service.monitoring.journeys import views

_AREA = "journeys/<slug:area>/"
urlpatterns = [
    path("journeys/", views.areas, name="journeys"),
    path(_AREA, views.area, name="journeys_area"),
    path(_AREA + "count/", views.count, name="journeys_count"),
    path(_AREA + "<int:year>/<slug:name>.csv", views.file, name="journeys_file"),
    path(_AREA + "people/", views.people, name="journeys_people"),
    path(_AREA + "people/<slug:pseudonym>/", views.person, name="journeys_person"),
    path("<slug:code>/clients/<uuid:client_id>/timeline/", views.timeline, name="timeline"),
]
