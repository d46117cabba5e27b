"""Addresses of agreements."""

from django.urls import path

from sharewell.service.agreements import views, views_access, views_drafts, views_life, views_new

app_name = "agreements"
urlpatterns = [
    path("", views.agreements, name="list"),
    path("new/", views_new.new, name="new"),
    path("new/<int:number>/", views_new.step, name="step"),
    path("new/check/", views_new.check, name="check"),
    path("drafts/<str:name>/", views_drafts.draft, name="draft"),
    path("drafts/<str:name>/file/", views_drafts.file, name="draft_file"),
    path("drafts/<str:name>/change/", views_drafts.change, name="change"),
    path("drafts/<str:name>/issue/", views_drafts.issue, name="issue"),
    path("drafts/<str:name>/withdraw/", views_drafts.withdraw, name="withdraw"),
    path("drafts/<str:name>/sign/", views_drafts.sign, name="sign"),
    path("drafts/<str:name>/unsign/", views_drafts.unsign, name="unsign"),
    path("<str:reference>/", views.agreement, name="agreement"),
    path("<str:reference>/ask/", views.ask, name="ask"),
    path("<str:reference>/amend/", views_life.amend, name="amend"),
    path("<str:reference>/renew/", views_life.renew, name="renew"),
    path("<str:reference>/end/", views_life.end_early, name="end"),
    path("<str:reference>/access/", views_access.review, name="access"),
    path("<str:reference>/access/name/", views_access.name, name="name"),
    path("<str:reference>/access/<str:person>/remove/", views_access.remove, name="remove"),
    path("<str:reference>/changes/<str:old>/<str:new>/", views.changes, name="changes"),
    path("<str:reference>/versions/<str:version>/", views.version, name="version"),
    path("<str:reference>/versions/<str:version>/file/", views_life.file, name="file"),
]
