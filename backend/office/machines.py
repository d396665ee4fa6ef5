"""What machines ask: /healthz (alive), /readyz (can work), /metrics (for Prometheus)."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge
from prometheus_client.exposition import generate_latest
from tortoise.exceptions import BaseORMException
from tortoise.functions import Count, Min

from backend.migrate import pending
from backend.models import EvidenceFile, Inbox, Interview, Outbox, Plan, Submission
from backend.office.parts import Office
from backend.plans.load import id_of
from backend.quota.month import MonthLeft, months

PATIENCE = 5.0
NONCE = re.compile(r"[0-9a-f]{32}")
INBOX = {0: "ready", 1: "waiting_for_photo", 3: "set_aside"}
OUTBOX = {0: "to_send", 3: "undeliverable"}


def metrics_token(secret_key: str) -> str:
    """Return the bearer token that opens /metrics from another machine."""
    return hmac.new(secret_key.encode(), b"metrics", "sha256").hexdigest()


def own_answer(secret_key: str, nonce: str) -> str:
    """Return what only this installation can answer to a nonce (`thonmoi doctor`)."""
    return hmac.new(secret_key.encode(), f"healthz|{nonce}".encode(), "sha256").hexdigest()


class Machines:
    """The three answers; none tells anything of people or places."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._migrated = False
        self._planned = False

    async def healthz(self, request: web.Request) -> web.Response:
        """Answer that the process is alive, whatever else is broken; with ?nonce=, whose it is."""
        nonce = request.query.get("nonce", "")
        if NONCE.fullmatch(nonce):
            return web.Response(text=f"ok {own_answer(self._office.settings.secret_key, nonce)}\n")
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer 200 when the database answers with all its tables, else 503; say of each part.

        Without the disk of the photos, or with a channel that refuses its token, all else goes
        on: that is said and is no 503, after which a proxy would send nobody here.
        """
        database = migrated = planned = False
        try:
            async with asyncio.timeout(PATIENCE):
                await Inbox.all().limit(1).count()
                database = True
                migrated = await self._all_migrated()
                planned = migrated and await self._plan_loaded()
        except (TimeoutError, OSError, BaseORMException):
            pass
        ready = database and migrated and planned
        return web.json_response(
            {
                "ready": ready,
                "database": database,
                "migrations": migrated,
                "plan": planned,
                "evidence": self._office.store_here(),
                "channels": dict(self._office.channels()),
            },
            status=200 if ready else 503,
        )

    async def _plan_loaded(self) -> bool:
        if not self._planned:
            self._planned = await Plan.exists(pack=id_of(self._office.settings.plan))
        return self._planned

    async def _all_migrated(self) -> bool:
        if not self._migrated:
            self._migrated = not await pending(self._office.settings.database_url)
        return self._migrated

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer the process's own counters and what waits in the database now."""
        if not self._may_measure(request):
            raise web.HTTPForbidden(text="metrics: from this machine, or with the bearer token\n")
        now = CollectorRegistry()
        await _measure(now, self._office.clock.now().timestamp())
        _measure_months(now, await months(self._office.clock.now(), self._office.settings.zone))
        body = generate_latest(REGISTRY) + generate_latest(now)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _may_measure(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        wanted = metrics_token(self._office.settings.secret_key)
        if hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode()):
            return True
        forwarded = {"X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"} & set(request.headers)
        try:
            return not forwarded and ipaddress.ip_address(request.remote or "").is_loopback
        except ValueError:
            return False


async def _measure(registry: CollectorRegistry, now: float) -> None:
    inbox = Gauge("thonmoi_inbox", "Messages kept and not done", ["status"], registry=registry)
    for status, name in INBOX.items():
        inbox.labels(name).set(await Inbox.filter(status=status).count())
    outbox = Gauge("thonmoi_outbox", "Messages not sent", ["status"], registry=registry)
    for status, name in OUTBOX.items():
        outbox.labels(name).set(await Outbox.filter(status=status).count())
    oldest = await Outbox.filter(status=0).annotate(oldest=Min("created_at")).values("oldest")
    since = oldest[0]["oldest"] if oldest else None
    Gauge(
        "thonmoi_outbox_oldest_seconds", "Age of the oldest message to be sent", registry=registry
    ).set(max(now - since.timestamp(), 0) if since else 0)
    interviews = Gauge("thonmoi_interviews", "Interviews", ["status"], registry=registry)
    for row in (
        await Interview.all().annotate(n=Count("id")).group_by("status").values("status", "n")
    ):
        interviews.labels(row["status"]).set(row["n"])
    Gauge("thonmoi_submissions", "Questionnaires submitted, every version", registry=registry).set(
        await Submission.all().count()
    )
    Gauge("thonmoi_photos", "Photos kept", registry=registry).set(await EvidenceFile.all().count())


def _measure_months(registry: CollectorRegistry, found: list[MonthLeft]) -> None:
    names = ["channel", "bot"]
    sent = Gauge(
        "thonmoi_month_sent",
        "Messages this month that count",
        [*names, "purpose"],
        registry=registry,
    )
    left = Gauge("thonmoi_month_left", "Messages left this month", names, registry=registry)
    kept = Gauge("thonmoi_month_kept", "Of these, kept for answers", names, registry=registry)
    paid = Gauge("thonmoi_month_templates", "Paid templates this month", names, registry=registry)
    waiting = Gauge("thonmoi_month_waiting", "People whose answer waits", names, registry=registry)
    people = Gauge("thonmoi_bot_people", "People known through a bot", names, registry=registry)
    for month in found:
        bot = (month.channel, month.bot)
        for purpose, count in month.sent.items():
            sent.labels(*bot, purpose).set(count)
        paid.labels(*bot).set(month.templates)
        waiting.labels(*bot).set(month.waiting)
        if month.left is not None:
            left.labels(*bot).set(month.left)
            kept.labels(*bot).set(min(month.kept, month.left))
        if month.most_people is not None:
            people.labels(*bot).set(month.people)
