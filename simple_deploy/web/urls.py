"""The dashboard's addresses, below the prefix. The host's URL patterns know nothing of them."""

from __future__ import annotations

from django.urls import path

from simple_deploy.web import presenting, sharing, sites, views

urlpatterns = [
    path("", views.start, name="start"),
    path("lately/", views.lately, name="lately"),
    path("watch/", views.watch, name="watch"),
    path("sessions/end/", views.end_sessions, name="end-sessions"),
    path("share/", sharing.share, name="share"),
    path("share/state/", sharing.state, name="share-state"),
    path("inspection/", views.inspection, name="inspection"),
    path("corrections/", views.correct, name="correct"),
    path("fixes/<slug:name>/", views.fix, name="fix"),
    path("platforms/<slug:slug>/", views.platform, name="platform"),
    path("platforms/<slug:slug>/again/", views.again, name="again"),
    path("platforms/<slug:slug>/health/", views.health, name="health"),
    path("platforms/<slug:slug>/operate/", sites.operate, name="operate"),
    path("platforms/<slug:slug>/destroy/", views.destroy, name="destroy"),
    path("platforms/<slug:slug>/rehearse/", views.rehearse, name="rehearse"),
    path("platforms/<slug:slug>/rehearse/keep/", views.keep_rehearsed, name="keep-rehearsed"),
    path("platforms/<slug:slug>/rehearse/end/", views.end_rehearsal, name="end-rehearsal"),
    path("sites/<slug:slug>/", sites.site, name="site"),
    path("sites/<slug:slug>/looks/<slug:operation>/", sites.look, name="site-look"),
    path("sites/<slug:slug>/log/", sites.log, name="site-log"),
    path("sites/<slug:slug>/log/stream/", sites.log_stream, name="site-log-stream"),
    path("sites/<slug:slug>/releases/", sites.releases, name="site-releases"),
    path("sites/<slug:slug>/variables/", sites.variables, name="site-variables"),
    path("sites/<slug:slug>/command/", sites.command, name="site-command"),
    path("sites/<slug:slug>/backups/", sites.backups, name="site-backups"),
    path("sites/<slug:slug>/backups/<str:name>", sites.backup, name="site-backup"),
    path("runs/", views.history, name="history"),
    path("runs/<slug:run_id>/", views.run, name="run"),
    path("runs/<slug:run_id>/present/", presenting.present, name="present"),
    path("runs/<slug:run_id>/present/feed/", presenting.feed, name="present-feed"),
    path("runs/<slug:run_id>/replay.html", presenting.replay, name="replay"),
    path("runs/<slug:run_id>/stream/", views.events, name="stream"),
    path("runs/<slug:run_id>/lines/", views.earlier, name="earlier"),
    path("runs/<slug:run_id>/apply/", views.apply, name="apply"),
    path("runs/<slug:run_id>/answer/", views.answer, name="answer"),
    path("runs/<slug:run_id>/cancel/", views.cancel, name="cancel"),
    path("runs/<slug:run_id>/retry/", views.retry, name="retry"),
    path("runs/<slug:run_id>/undo/", views.undo, name="undo"),
    path("runs/<slug:run_id>/summary/", views.summary, name="summary"),
    path("runs/<slug:run_id>/summary.md", views.summary_markdown, name="summary-markdown"),
    path("runs/<slug:run_id>/summary.html", views.summary_html, name="summary-html"),
    path("runs/<slug:run_id>/log.txt", views.log, name="log"),
    path("static/<slug:version>/<path:name>", views.static, name="static"),
]
