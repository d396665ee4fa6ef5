"""Which address is answered by what."""

from __future__ import annotations

from aiohttp import web

from backend.office.audit_pages import AuditPages
from backend.office.dead_ends import dead_ends
from backend.office.dossier_pages import DossierPages
from backend.office.goal_pages import GoalPages
from backend.office.guard import guard
from backend.office.headers import secured
from backend.office.key_pages import KeyPages
from backend.office.machines import Machines
from backend.office.month_pages import MonthPages
from backend.office.once_pages import OncePages
from backend.office.pages import Pages
from backend.office.parts import Office
from backend.office.people_pages import PeoplePages
from backend.office.review_pages import ReviewPages
from backend.office.setting_pages import SettingPages
from backend.office.sign_in_pages import SignInPages
from backend.office.stage_pages import StagePages
from backend.office.submission_pages import SubmissionPages


def office_routes(app: web.Application, office: Office) -> None:
    """Add the office's pages and /healthz, /readyz, /metrics to an application."""
    pages, machines = Pages(office), Machines(office)
    settings = SettingPages(office)
    review = ReviewPages(office)
    signing, keys = SignInPages(office), KeyPages(office)
    stages, once, goals = StagePages(office), OncePages(office), GoalPages(office)
    submissions, months = SubmissionPages(office), MonthPages(office)
    dossiers, accesses = DossierPages(office), AuditPages(office)
    people = PeoplePages(office)
    app.on_cleanup.append(dossiers.close)
    app.middlewares.append(dead_ends(pages.dead_end))
    app.middlewares.append(guard(office.sessions, office.clock, office.settings.public_url))
    app.add_routes(
        [
            web.get("/", secured(pages.home)),
            web.get("/login/{token}", secured(signing.login)),
            web.post("/login/{token}", secured(signing.enter)),
            web.post("/logout", secured(signing.leave)),
            web.get("/password", secured(keys.form)),
            web.post("/password", secured(keys.enter)),
            web.get("/account", secured(keys.account)),
            web.post("/account/begin", secured(keys.begin)),
            web.post("/account/confirm", secured(keys.confirm)),
            web.post("/account/end", secured(keys.end)),
            web.get("/sessions", secured(signing.sessions)),
            web.post("/sessions/end", secured(signing.everywhere)),
            web.post(r"/sessions/{id:\d{1,18}}/end", secured(signing.end)),
            web.get("/areas/{code}", secured(pages.area)),
            web.get(r"/submissions/{id:\d{1,18}}", secured(submissions.submission)),
            web.get(r"/submissions/{id:\d{1,18}}.xml", secured(submissions.xml)),
            web.post(r"/submissions/{id:\d{1,18}}/answers", secured(submissions.ask)),
            web.get("/photos/{address}", secured(pages.photo)),
            web.get("/progress.xlsx", secured(pages.xlsx)),
            web.get("/progress.png", secured(pages.png)),
            web.get("/settings", secured(settings.listing)),
            web.get("/settings/change", secured(settings.form)),
            web.post("/settings/preview", secured(settings.preview)),
            web.post("/settings/confirm", secured(settings.confirm)),
            web.get("/stages", secured(stages.listing)),
            web.post("/stages", secured(stages.move)),
            web.get("/month", secured(months.month)),
            web.get("/reports", secured(once.listing)),
            web.post("/reports", secured(once.open)),
            web.post(r"/reports/{id:\d{1,18}}/cancel", secured(once.cancel)),
            web.get("/goals", secured(goals.listing)),
            web.post("/goals/part", secured(goals.part)),
            web.post("/goals/figure", secured(goals.figure)),
            web.get("/dossiers", secured(dossiers.listing)),
            web.post("/dossiers", secured(dossiers.build)),
            web.get("/dossiers/{token}.zip", secured(dossiers.fetch)),
            web.get("/people", secured(people.listing)),
            web.post(r"/people/{id:\d{1,18}}/end", secured(people.end)),
            web.get("/accesses", secured(accesses.listing)),
            web.get("/accesses.xlsx", secured(accesses.xlsx)),
            web.get("/review", secured(review.first)),
            web.get("/review/ids", secured(review.ids)),
            web.post("/review/seen", secured(review.seen)),
            web.get("/review/grid", secured(review.grid)),
            web.post("/review/grid", secured(review.several)),
            web.get(r"/review/{id:\d{1,18}}", secured(review.photo)),
            web.post(r"/review/{id:\d{1,18}}", secured(review.decide)),
            web.get("/static/{name}", pages.assets.serve),
            web.get("/healthz", secured(machines.healthz)),
            web.get("/readyz", secured(machines.readyz)),
            web.get("/metrics", secured(machines.metrics)),
        ]
    )
