"""The tables. Constraints live here first; times are UTC; every foreign key is RESTRICT.

No semicolon in a docstring of a model: it becomes the table's comment, and Tortoise's SQLite
migrations split statements there.

On SQLite only new tables, new fields and new indexes may be migrated (stack.md 2.1 A–C), so a
column is never altered or dropped: add another one. Composite indexes are written as tuples
(stack.md 2.1 D). New NOT NULL fields need `db_default` (E).

One module a subject; everybody imports from here.
"""

from backend.models.areas import Area, AreaChange, AreaFormerParent, AreaPredecessor
from backend.models.audit import AuditEntry, AuditHead
from backend.models.evidence import BytesToDelete, Evidence, EvidenceFile
from backend.models.interviews import Answer, Interview, Submission
from backend.models.packs import FormVersion, Plan
from backend.models.people import Chat, Consent, Invite, Person, RoleGrant, Throttle, WebLink
from backend.models.photo_looks import PhotoLook
from backend.models.quota import BotRules, CameBack, ChatSpent, SentMonth
from backend.models.reviews import AnswerReview, Review
from backend.models.sessions import AdminKey, OfficeSession, RecoveryCode
from backend.models.settings import OfficeSetting
from backend.models.tokens import TokenPair, TokenUse
from backend.models.turn import Inbox, MadeFile, Outbox
from backend.models.workflow import (
    AdHocReport,
    AdHocUnit,
    OwnerReport,
    StageMove,
    UnitFigure,
)

__all__ = [
    "AdHocReport",
    "AdHocUnit",
    "AdminKey",
    "Answer",
    "AnswerReview",
    "Area",
    "AreaChange",
    "AreaFormerParent",
    "AreaPredecessor",
    "AuditEntry",
    "AuditHead",
    "BotRules",
    "BytesToDelete",
    "CameBack",
    "Chat",
    "ChatSpent",
    "Consent",
    "Evidence",
    "EvidenceFile",
    "FormVersion",
    "Inbox",
    "Interview",
    "Invite",
    "MadeFile",
    "OfficeSession",
    "OfficeSetting",
    "Outbox",
    "OwnerReport",
    "Person",
    "PhotoLook",
    "Plan",
    "RecoveryCode",
    "Review",
    "RoleGrant",
    "SentMonth",
    "StageMove",
    "Submission",
    "Throttle",
    "TokenPair",
    "TokenUse",
    "UnitFigure",
    "WebLink",
]
