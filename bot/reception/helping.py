"""TRỢ GIÚP: what somebody can send, and nothing that is not theirs to send."""

from __future__ import annotations

from backend.access import may_ask_reports, may_enter_answers, may_review
from bot.messages import Outgoing
from bot.reception import messages_left
from bot.reception.house import Visit
from conversations.text import Text


def what_to_send(visit: Visit, first: Text | None = None) -> Outgoing:
    """Return what this person can send, each line by what their roles let them do."""
    lines = []
    if visit.rights.village_head:
        lines += [
            Text("MENU: your questionnaires"),
            Text("ADD PHOTO: add a photo to what you have sent"),
            Text("MY PHOTOS: how the photos stand that you have sent"),
            Text("WITHDRAW: take back your consent"),
        ]
    lines += [Text("PROGRESS: how far things are"), Text("DEADLINES: what is due and when")]
    if visit.rights.officer:
        lines.append(Text("PROGRESS and a commune's or village's name: that one alone"))
        lines.append(Text("/nhacnho: remind those who are late"))
        lines.append(Text("/giaidoan and a village's or commune's name: its stage"))
    if may_review(visit.rights):
        lines.append(Text("/duyet: look at photos, approve them or hand them back"))
    if may_ask_reports(visit.rights):
        lines.append(Text("/dotxuat: ask for a report once"))
    if may_enter_answers(visit.rights):
        lines.append(Text("/nhapho and a village's name: answer for that village"))
    if visit.rights.admin:
        lines.append(Text("/caidat: thresholds, deadlines, reminders, days off"))
    if visit.rights.can_invite:
        lines.append(Text("/moi: invite somebody"))
    if messages_left.may_see(visit):
        lines.append(Text("/hanmuc: the messages left this month"))
    lines += [Text("/web: a link for the browser"), Text("HELP: this list")]
    shown = "\n".join(visit.catalog.say(line) for line in [Text("You can send:"), *lines])
    return visit.say(*([first] if first else []), shown)
