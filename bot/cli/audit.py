"""`thonmoi audit`: verify the chain of the audit log; list it; count it by person and village."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import re
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from backend import audit
from backend.access_report import access_report, report_xlsx
from backend.audit_guard import unguarded
from backend.clock import SystemClock
from backend.models import Area, AuditEntry
from backend.settings import Settings, read_settings
from bot.cli.area import in_database
from bot.cli.named_person import row_id
from bot.cli.output_file import not_written
from bot.cli.refusal import Refusal
from conversations.text import N_, Text
from locales import Catalog, catalog

HASH = re.compile(r"\s*[0-9a-fA-F]{64}\s*")
MOST_ROWS = 1_000_000
USUAL_DAYS = 31


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    summary = "walk the whole chain; exit 1 and name the first broken row if there is one"
    verify = actions.add_parser("verify", help=summary, description=summary)
    verify.add_argument(
        "--since",
        metavar="HASH",
        action="append",
        default=[],
        help="a hash that was written down before (by verify, backup or the program's log): exit 1 if it is in the log no more",
    )
    verify.set_defaults(act=_verify)
    summary = "list who saw, decided, changed and exported what, newest first"
    listed = actions.add_parser("list", help=summary, description=summary)
    listed.add_argument("--person", type=row_id, metavar="ID")
    listed.add_argument("--subject", metavar="KIND:ID", help="as photo:12 or area:ia-dal")
    listed.add_argument("--what", default="", metavar="WHAT", help="beginning of what was done")
    listed.add_argument("--limit", type=int, default=100)
    listed.set_defaults(act=_list)
    summary = "count accesses by person and by village, as a workbook"
    report = actions.add_parser("report", help=summary, description=summary)
    report.add_argument("--area", metavar="CODE", help="only this area and below it")
    report.add_argument("-o", "--output", required=True, metavar="FILE.xlsx")
    report.set_defaults(act=_report)
    for some in (listed, report):
        some.add_argument("--from", dest="since", metavar="DAY", help="first day, 2026-11-01")
        some.add_argument("--to", dest="until", metavar="DAY", help="last day")
    for some in (verify, listed):
        some.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Do what is asked."""
    settings = read_settings(os.environ)
    code: int = args.act(args, settings)
    return code


def _verify(args: argparse.Namespace, settings: Settings) -> int:
    for given in args.since:
        if not HASH.fullmatch(given):
            raise Refusal(Text("--since: a hash has 64 letters and digits"))

    async def looked() -> tuple[audit.Verified, list[str], dict[str, int]]:
        guard = await unguarded(AuditEntry._meta.db)  # noqa: SLF001  (Tortoise's documented way to a model's connection)
        since = {given: await audit.still_there(given) for given in args.since}
        return await audit.verify(), guard, since

    seen, open_doors, since = in_database(settings, looked)
    gone = [given for given, number in since.items() if not number]
    say = catalog(settings.lang).get
    if args.json:
        told = {"entries": seen.entries, "sha256": seen.sha256, "broken": seen.broken}
        print(json.dumps({**told, "guarded": not open_doors, "since": since}))
    elif seen.broken:
        sentence = N_("The log is broken at row {number}; {entries} rows before it are right.")
        print(say(sentence, number=seen.broken, entries=seen.entries))
    else:
        print(say(N_("The log is whole: {entries} rows."), entries=seen.entries))
        print(seen.sha256)
    if open_doors and not args.json:
        sentence = N_(
            "The database does not guard its rows at this time. `thonmoi migrate` guards them again."
        )
        print(say(sentence))
    if not args.json and not seen.broken:
        _say_since(since, catalog(settings.lang))
    return 1 if seen.broken or gone else 0


def _say_since(since: dict[str, int], words: Catalog) -> None:
    known = N_("{hash} is row {number}: nothing up to there was changed.")
    lost = N_("{hash} is not in the log any more: its rows were changed or cut off.")
    for given, number in since.items():
        print(words.get(known if number else lost, hash=given[:12] + "…", number=number))


def _list(args: argparse.Namespace, settings: Settings) -> int:
    if not 1 <= args.limit <= MOST_ROWS:
        raise Refusal(Text("--limit: a number from 1 to {most}", {"most": MOST_ROWS}))
    since, until = _span(args, settings.zone)

    async def read() -> list[AuditEntry]:
        rows = await _rows(args, since, until)
        if rows:
            now = SystemClock().now()
            await audit.record("accesses.exported", by=None, subject="accesses", at=now)
        return rows

    rows = in_database(settings, read)
    for row in rows:
        if args.json:
            print(json.dumps(_as_json(row), ensure_ascii=False))
        else:
            moment = row.at.astimezone(settings.zone)
            who = "–" if row.by is None else f"#{row.by}"
            who = _account(row) or who
            print(f"{row.number}  {moment:%d/%m/%Y %H:%M}  {who}  {row.action}  {row.subject}  {row.details}")  # fmt: skip
    return 0


def _account(row: AuditEntry) -> str:
    """Return this machine's name for the account that a row at the command line names by number."""
    told = json.loads(row.details) if row.by is None and row.details else {}
    number = told.get("sudo_uid", told.get("uid"))
    if not isinstance(number, int):
        return ""
    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError):
        return f"uid {number}"


async def _rows(
    args: argparse.Namespace, since: datetime | None, until: datetime | None
) -> list[AuditEntry]:
    rows = AuditEntry.all()
    if args.person is not None:
        rows = rows.filter(by=args.person)
    if args.subject:
        rows = rows.filter(subject=args.subject)
    if args.what:
        rows = rows.filter(action__startswith=args.what)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return await rows.order_by("-number").limit(args.limit)


def _as_json(row: AuditEntry) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": row.at.isoformat(),
        "by": row.by,
        "action": row.action,
        "subject": row.subject,
        "details": json.loads(row.details) if row.details else {},
        "sha256": row.sha256,
    }


def _report(args: argparse.Namespace, settings: Settings) -> int:
    words = catalog(settings.lang)
    since, until = _span(args, settings.zone)
    now = SystemClock().now()
    until = until or now
    since = since or until - timedelta(days=USUAL_DAYS)

    async def made() -> bytes:
        area = await Area.get_or_none(code=args.area) if args.area else None
        if args.area and area is None:
            raise Refusal(words.get(N_("The plan has no area {name}."), name=args.area))
        report = await access_report(since, until, words, area_id=area.id if area else None)
        subject = f"accesses:{area.code}" if area else "accesses"
        await audit.record("accesses.exported", by=None, subject=subject, at=now)
        return report_xlsx(report, words)

    body = in_database(settings, made)
    try:
        Path(args.output).write_bytes(body)
    except OSError as error:
        raise not_written(args.output, error) from error
    return 0


def _span(args: argparse.Namespace, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Return from when up to before when; days are the office's."""
    return _day(args.since, zone), _day(args.until, zone, more=1)


def _day(text: str | None, zone: tzinfo, more: int = 0) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=more)
    except (ValueError, OverflowError) as error:
        raise Refusal(Text("{text}: write a day as 2026-11-01", {"text": text[:40]})) from error
    return datetime.combine(day, time(), zone)
