"""Which address is answered by what."""

from __future__ import annotations

from aiohttp import web

from backend.office.goal_pages import GoalPages
from backend.office.headers import secured
from backend.office.machines import Machines
from backend.office.once_pages import OncePages
from backend.office.pages import Pages
from backend.office.parts import Office
from backend.office.setting_pages import SettingPages
from backend.office.stage_pages import StagePages


def office_routes(app: web.Application, office: Office) -> None:
    """Add the office's pages and /healthz, /readyz, /metrics to an application."""
    pages, machines = Pages(office), Machines(office)
    settings = SettingPages(office)
    stages, once, goals = StagePages(office), OncePages(office), GoalPages(office)
    app.add_routes(
        [
            web.get("/", secured(pages.home)),
            web.get("/login/{token}", secured(pages.login)),
            web.post("/login/{token}", secured(pages.enter)),
            web.post("/logout", secured(pages.leave)),
            web.get("/areas/{code}", secured(pages.area)),
            web.get(r"/submissions/{id:\d{1,18}}", secured(pages.submission)),
            web.get(r"/submissions/{id:\d{1,18}}.xml", secured(pages.submission_xml)),
            web.get(r"/photos/{id:\d{1,18}}", secured(pages.photo)),
            web.get("/progress.xlsx", secured(pages.xlsx)),
            web.get("/progress.png", secured(pages.png)),
            web.get("/settings", secured(settings.listing)),
            web.get("/settings/change", secured(settings.form)),
            web.post("/settings/preview", secured(settings.preview)),
            web.post("/settings/confirm", secured(settings.confirm)),
            web.get("/stages", secured(stages.listing)),
            web.post("/stages", secured(stages.move)),
            web.get("/reports", secured(once.listing)),
            web.post("/reports", secured(once.open)),
            web.post(r"/reports/{id:\d{1,18}}/cancel", secured(once.cancel)),
            web.get("/goals", secured(goals.listing)),
            web.post("/goals/part", secured(goals.part)),
            web.post("/goals/figure", secured(goals.figure)),
            web.get("/static/{name}", pages.assets.serve),
            web.get("/healthz", secured(machines.healthz)),
            web.get("/readyz", secured(machines.readyz)),
            web.get("/metrics", secured(machines.metrics)),
        ]
    )
