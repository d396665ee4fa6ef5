"""Every address of the office's pages: what it is about, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from backend.models import (
    AdHocReport,
    AnswerReview,
    OfficeSetting,
    OwnerReport,
    Review,
    RoleGrant,
    StageMove,
    UnitFigure,
)
from backend.stages.steps import sets_of
from tests.backend.office.house import photo_path
from tests.rights.table import ADMIN, BECAME, DISTRICT, OFFICERS, TREE
from tests.rights.world import World

Form = dict[str, str]

ID = r"{id}"


@dataclass(frozen=True)
class About:
    """An address that is about one thing in one area. `rule` names a rule of the table."""

    rule: str
    path: Callable[[World, str], str]
    form: Callable[[World, str], Form] | None = None
    about: Callable[[str], bool] = lambda _code: True
    """For which areas the page has anything to do at all."""
    allowed: frozenset[int] = frozenset({200, 303})
    refused: frozenset[int] = frozenset({403, 404})
    writes: bool = True
    silent: bool = False
    """Whether it answers 200 to those who may not, too, and only does nothing."""


def stage(world: World, code: str) -> Form:
    sets = sets_of(world.pack, TREE[code][0], date(2026, 11, 22))
    first = sets[0].id if sets else ""
    unit = str(world.areas[code])
    return {"unit": unit, "set": first, "stage": "dossier", "note": "", "back": code}


def asked_once(world: World, code: str) -> Form:
    return {
        "name": "Báo cáo thử",
        "sentence": "Có bao nhiêu hộ?",
        "questionnaire": "nha-o",
        "level": "village",
        "area": str(world.areas[code]),
        "before": "2026-12-20",
        "offsets": "",
        "sure": "yes",
    }


def in_stages(code: str) -> bool:
    return TREE[code][0] in {"commune", "village"}


def has_villages(code: str) -> bool:
    return code not in BECAME and code not in {"huyen-khac", "khac", "khac-thon-1"}


NOT_SO = frozenset({403, 404, 422})
"""Refused, or told on the page that it cannot be."""
APPROVED = {"decision": "approved", "reason": "", "words": ""}
HANDED_BACK = {"decision": "rejected", "reason": "dark", "words": ""}

ABOUT: dict[str, About] = {
    "GET /areas/{code}": About("see counts", lambda w, c: f"/areas/{c}"),
    "GET /progress.xlsx": About("see counts", lambda w, c: f"/progress.xlsx?area={c}"),
    "GET /progress.png": About("see counts", lambda w, c: f"/progress.png?area={c}"),
    "GET /stages": About("see counts", lambda w, c: f"/stages?area={c}"),
    "GET /month": About("see counts", lambda w, c: f"/month?area={c}"),
    f"GET /submissions/{ID}": About(
        "see a submission", lambda w, c: f"/submissions/{w.submissions[c]}"
    ),
    f"GET /submissions/{ID}.xml": About(
        "see a submission", lambda w, c: f"/submissions/{w.submissions[c]}.xml"
    ),
    "GET /photos/{address}": About("see a photo", lambda w, c: photo_path(w.photos[c])),
    f"GET /review/{ID}": About("decide about a photo", lambda w, c: f"/review/{w.photos[c]}"),
    f"POST /review/{ID}": About(
        "decide about a photo",
        lambda w, c: f"/review/{w.photos[c]}",
        lambda w, c: APPROVED | {"expected": "0"},
        silent=True,
    ),
    f"POST /submissions/{ID}/answers": About(
        "hand an answer back",
        lambda w, c: f"/submissions/{w.submissions[c]}/answers",
        lambda w, c: {
            "path": w.answer,
            "decision": "rejected",
            "expected": "0",
            "reason": "no_fit",
        },
    ),
    "POST /review/grid": About(
        "decide about a photo",
        lambda w, c: "/review/grid",
        lambda w, c: HANDED_BACK | {"photo": f"{w.photos[c]}:0"},
        silent=True,
    ),
    "POST /stages": About("move a stage of communes", lambda w, c: "/stages", stage, in_stages),
    "POST /reports": About(
        "ask for a report once",
        lambda w, c: "/reports",
        asked_once,
        has_villages,
        refused=NOT_SO,
    ),
    f"POST /reports/{ID}/cancel": About(
        "ask for a report once",
        lambda w, c: f"/reports/{w.reports[c]}/cancel",
        lambda w, c: {"reason": "nhầm"},
        refused=NOT_SO,
    ),
    "GET /people": About("see counts", lambda w, c: f"/people?area={c}"),
    f"POST /people/{ID}/end": About(
        "take a village head's role away",
        lambda w, c: f"/people/{w.roles.get(('village_head', c), 0)}/end",
        lambda w, c: {"reason": "Thôi làm", "area": c},
    ),
    "GET /dossiers": About("export the dossier", lambda w, c: f"/dossiers?area={c}"),
    "POST /dossiers": About(
        "export the dossier",
        lambda w, c: "/dossiers",
        lambda w, c: {"area": c, "period": "never"},
        allowed=frozenset({422}),  # whoever may is told that there is no such period
        writes=False,
    ),
    "GET /accesses": About("see the report of accesses", lambda w, c: f"/accesses?area={c}"),
    "GET /accesses.xlsx": About(
        "see the report of accesses", lambda w, c: f"/accesses.xlsx?area={c}"
    ),
    "POST /goals/figure": About(
        "ask for a report once",
        lambda w, c: "/goals/figure",
        lambda w, c: {"target": "communes", "unit": c, "value": "5"},
        lambda _code: False,  # the sample plan counts nothing for each unit
    ),
}
"""Asked for every area by people of every role in every place."""


@dataclass(frozen=True)
class Whose:
    """An address that is about no area: people of which roles find it, at which places."""

    roles: frozenset[str]
    places: frozenset[str] = frozenset({"ia-dal", "ia-hdrai", "cu"})
    form: Callable[[World], Form] | None = None
    path: str = ""


WATER = "threshold:thon-khao-sat/17.1"
ALL_OF_IT = frozenset({"ia-hdrai"})
"""The area of the whole plan."""
VALUE = {"key": WATER, "act": "set", "value": "80", "source": "Công văn 5", "seen": "0"}

WHOSE: dict[str, Whose] = {
    "GET /": Whose(OFFICERS),
    "GET /sessions": Whose(OFFICERS),
    "GET /reports": Whose(OFFICERS),
    "GET /review": Whose(OFFICERS),
    "GET /review/ids": Whose(OFFICERS),
    "GET /review/grid": Whose(OFFICERS),
    "GET /goals": Whose(OFFICERS, ALL_OF_IT),
    "POST /goals/part": Whose(
        frozenset({DISTRICT, ADMIN}),
        ALL_OF_IT,
        lambda w: {
            "set": "xa-2016-2020",
            "code": "1",
            "owner": "",
            "scope": "",
            "period": "2026-Q4",
            "done": "yes",
        },
    ),
    "GET /settings": Whose(frozenset({ADMIN}), ALL_OF_IT),
    "GET /settings/change": Whose(
        frozenset({ADMIN}), ALL_OF_IT, path=f"/settings/change?key={WATER}"
    ),
    "POST /settings/preview": Whose(frozenset({ADMIN}), ALL_OF_IT, lambda w: dict(VALUE)),
    "POST /settings/confirm": Whose(frozenset({ADMIN}), ALL_OF_IT, lambda w: dict(VALUE)),
    "GET /account": Whose(frozenset({ADMIN})),
    "POST /account/begin": Whose(
        frozenset({ADMIN}),
        form=lambda w: {"login": "hanh.nguyen", "password": "x" * 20, "again": "other"},
    ),
    "POST /account/confirm": Whose(frozenset({ADMIN}), form=lambda w: {"code": "000000"}),
}
"""Asked by people of every role in every place."""

OWN = {
    "GET /dossiers/{token}.zip": f"/dossiers/{'A' * 43}.zip",
    "POST /logout": "/logout",
    "POST /review/seen": "/review/seen",
    "POST /sessions/end": "/sessions/end",
    "POST /account/end": "/account/end",
    f"POST /sessions/{ID}/end": "/sessions/1/end",
}
"""One's own alone: ending sessions is told in test_doors.py, the others beside their pages."""

OPEN = frozenset(
    {
        "GET /login/{token}",
        "POST /login/{token}",
        "GET /password",
        "POST /password",
        "GET /static/{name}",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    }
)
"""Found by who is not signed in; they tell of no area and no person."""

BEYOND = frozenset(
    {
        *(f"GET /c{path}" for path in ("", "/", "/shell", "/sw.js", "/app.webmanifest")),
        "POST /c/",
        "GET /c/icon-{size}.png",
        "GET /c/static/{name}",
        "GET /c/{wrong}",
        "GET /c/{token}",
        "POST /c/{token}/leave",
        "GET /c/{token}/messages",
        "POST /c/{token}/messages",
        f"GET /c/{{token}}/files/{ID}",
        "POST /c/{token}/photos",
        f"PATCH /c/{{token}}/photos/{ID}",
        "GET /c/{token}/events",
        "GET /p/{address}",
        "POST /webhooks/telegram",
        "POST /webhooks/zalo-bot",
        "GET /webhooks/zalo-oa",
        "POST /webhooks/zalo-oa",
        "GET /oauth/zalo-oa",
        "GET /oauth/zalo-oa/go/{ticket}",
    }
)
"""Beside the office: the web chat (the address is the secret), signed addresses, and what the channels
post. What of villages leaves by them is asked in test_whole_app.py; webhooks and the way back from Zalo's
permission page tell of no area and no person."""

CHANGES = (AdHocReport, AnswerReview, OfficeSetting, OwnerReport, Review, StageMove, UnitFigure)


async def state() -> tuple[object, ...]:
    """Return what every POST of ABOUT and WHOSE might change."""
    counts = [await model.all().count() for model in CHANGES]
    cancelled = await AdHocReport.filter(cancelled_at__isnull=False).count()
    ended = await RoleGrant.filter(revoked_at__isnull=False).count()
    return (*counts, cancelled, ended)
