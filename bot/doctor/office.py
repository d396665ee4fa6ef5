"""The office's own things: the plan, its questionnaires, villages and the people who answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from backend.models import Chat, FormVersion, Plan, RoleGrant
from backend.people import Role
from backend.plans.load import PackRefusedError, load_pack
from backend.plans.schema import Pack
from backend.plans.store import NoPlanError, active_pack, content_of
from bot.doctor.shapes import Finding, Sight, good, look, mend, unseen
from conversations.text import Text

FEW: Final = 3
"""Villages named in a line; all of them stand on the office's page and in /hanchot."""


async def plan(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether the plan is in force, and its files in order and the same."""
    name = sight.settings.plan
    load = Text("Please run: thonmoi plan load {plan}", {"plan": name})
    pack = await _pack(sight)
    if pack is None:
        yield mend(Text("the plan {plan} is not loaded", {"plan": name}), load)
    elif pack.sample:
        yield look(
            Text("{plan} is in force: it holds sample data", {"plan": pack.name}),
            Text("Please load the office's own plan before real work begins: set PLAN."),
        )
    else:
        yield good(Text("{plan} is in force", {"plan": pack.name}))
    try:
        files = await asyncio.to_thread(load_pack, name)
    except PackRefusedError as refused:
        yield mend(
            Text("the plan's files have {count} mistakes", {"count": len(refused.errors)}),
            Text("Please run: thonmoi plan check {plan}", {"plan": name}),
        )
        return
    newest = await Plan.filter(pack=files.id).order_by("-loaded_at", "-id").first()
    if newest is not None and newest.sha256 != content_of(files)[1]:
        yield look(Text("the plan's files have changed since they were loaded"), load)


async def forms(sight: Sight) -> AsyncIterator[Finding]:
    """Look whether every questionnaire that the plan names is published."""
    pack = await _pack(sight)
    if pack is None:
        yield unseen(Text("the plan is not loaded"))
        return
    named = {survey.questionnaire for survey in pack.surveys}
    named |= {i.questionnaire for s in pack.criteria_sets for i in s.indicators if i.questionnaire}
    there = set(
        await FormVersion.filter(form_id__in=sorted(named)).values_list("form_id", flat=True)
    )
    if missing := sorted(named - there):
        yield mend(
            Text("not published: {names}", {"names": ", ".join(missing)}),
            Text("Please run: thonmoi form publish --all"),
        )
    else:
        yield good(Text("{count} are published", {"count": len(named)}))


async def people(sight: Sight) -> AsyncIterator[Finding]:
    """Look which villages have no head, and how many people have no chat. Counts, no persons."""
    pack = await _pack(sight)
    if pack is None:
        yield unseen(Text("the plan is not loaded"))
        return
    villages = {area.code: area.name for area in pack.areas if area.level == "village"}
    grants = RoleGrant.filter(revoked_at=None)
    rows = await grants.values("role", "person_id", code="area__code")
    headed = {row["code"] for row in rows if row["role"] == Role.VILLAGE_HEAD}
    bare = [villages[code] for code in sorted(villages.keys() - headed)]
    invite = Text("Please invite people: thonmoi invite, or /moi in the chat.")
    if bare:
        names = ", ".join(bare[:FEW]) + (" …" if len(bare) > FEW else "")
        yield look(
            Text("{count} of {all} villages have nobody who answers: {names}",
                 {"count": len(bare), "all": len(villages), "names": names}),
            invite,
        )  # fmt: skip
    else:
        yield good(Text("every village has somebody who answers"))
    if not any(row["role"] == Role.ADMIN for row in rows):
        yield look(
            Text("there is no admin"), Text("Please run: thonmoi invite --role admin --area CODE")
        )
    ids = {row["person_id"] for row in rows}
    known = Chat.filter(private=True, person_id__isnull=False)
    reached = set(await known.distinct().values_list("person_id", flat=True))
    if never := len(ids - reached):
        yield look(
            Text(
                "{count} of {all} people have never come to a chat",
                {"count": never, "all": len(ids)},
            ),
            invite,
        )


async def _pack(sight: Sight) -> Pack | None:
    today = sight.clock.now().astimezone(sight.settings.zone).date()
    try:
        return await active_pack(sight.settings.plan, today)
    except NoPlanError:
        return None
