"""The addresses of uploads, within those of a service."""

from django.urls import path

from sharewell.service.monitoring.uploads import views, views_files, views_mappings

_UPLOAD = "<uuid:upload_id>/"
urlpatterns = [
    path("", views.history, name="uploads"),
    path("send/", views.send, name="send_files"),
    path("template/", views_files.template, name="upload_template"),
    path("suppliers/", views_mappings.suppliers, name="suppliers"),
    path("suppliers/new/", views_mappings.new, name="new_mapping"),
    path("suppliers/<slug:slug>/", views_mappings.mapping, name="mapping"),
    path(_UPLOAD, views.upload, name="upload"),
    path(_UPLOAD + "apply/", views.apply, name="apply_upload"),
    path(_UPLOAD + "again/", views.again, name="test_upload"),
    path(_UPLOAD + "leave/", views.leave, name="leave_upload"),
    path(_UPLOAD + "undo/", views.undo, name="undo_upload"),
    path(_UPLOAD + "files/<int:position>/", views_files.original, name="upload_file"),
    path(_UPLOAD + "files/<int:position>/marked/", views_files.marked, name="marked_file"),
    path(_UPLOAD + "findings/", views_files.findings, name="upload_findings"),
]
