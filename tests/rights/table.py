"""Who may what, written down from the design and not from the program.

design.md 7: a role is granted for an area and holds for everything below it. One access function
guards each protected thing. A unit that took the place of others answers for their history; what
it once was has no say over what it became.

A relation says where a thing lies, seen from the area of a person's role.
"""

from __future__ import annotations

from dataclasses import dataclass

HEAD, COMMUNE, DISTRICT, DEPARTMENT, ADMIN = (
    "village_head",
    "commune_officer",
    "district_officer",
    "department_officer",
    "admin",
)
ROLES = (HEAD, COMMUNE, DISTRICT, DEPARTMENT, ADMIN)
OFFICERS = frozenset(ROLES) - {HEAD}

OWN, BELOW, ABOVE, SIBLING, ELSEWHERE, PREDECESSOR, SUCCESSOR = (
    "own",
    "below",
    "above",
    "sibling",
    "elsewhere",
    "predecessor",
    "successor",
)
REACHED = frozenset({OWN, BELOW, PREDECESSOR})

TREE = {
    "kon-tum": ("province", ""),
    "ia-hdrai": ("district", "kon-tum"),
    "ia-dal": ("commune", "ia-hdrai"),
    "ia-dal-thon-3": ("village", "ia-dal"),
    "ia-dal-thon-4": ("village", "ia-dal"),
    "ia-toi": ("commune", "ia-hdrai"),
    "ia-toi-thon-1": ("village", "ia-toi"),
    "cu": ("commune", "ia-hdrai"),
    "cu-thon-1": ("village", "cu"),
    "huyen-khac": ("district", "kon-tum"),
    "khac": ("commune", "huyen-khac"),
    "khac-thon-1": ("village", "khac"),
}
"""Level and the area above. The sample plan's tree, a commune that ended, and a district that the plan does not know."""
BECAME = {"cu": "ia-dal", "cu-thon-1": "ia-dal-thon-3"}
"""What took the place of what ended."""

WHERE: dict[str, dict[str, str]] = {
    "ia-dal-thon-3": {
        OWN: "ia-dal-thon-3",
        ABOVE: "kon-tum ia-hdrai ia-dal",
        SIBLING: "ia-dal-thon-4",
        ELSEWHERE: "ia-toi ia-toi-thon-1 cu huyen-khac khac khac-thon-1",
        PREDECESSOR: "cu-thon-1",
    },
    "cu-thon-1": {
        OWN: "cu-thon-1",
        ABOVE: "kon-tum ia-hdrai cu",
        SUCCESSOR: "ia-dal-thon-3 ia-dal",
        ELSEWHERE: "ia-dal-thon-4 ia-toi ia-toi-thon-1 huyen-khac khac khac-thon-1",
    },
    "ia-dal": {
        OWN: "ia-dal",
        BELOW: "ia-dal-thon-3 ia-dal-thon-4",
        ABOVE: "kon-tum ia-hdrai",
        SIBLING: "ia-toi",
        ELSEWHERE: "ia-toi-thon-1 huyen-khac khac khac-thon-1",
        PREDECESSOR: "cu cu-thon-1",
    },
    "cu": {
        OWN: "cu",
        BELOW: "cu-thon-1",
        ABOVE: "kon-tum ia-hdrai",
        SUCCESSOR: "ia-dal ia-dal-thon-3 ia-dal-thon-4",
        SIBLING: "ia-toi",
        ELSEWHERE: "ia-toi-thon-1 huyen-khac khac khac-thon-1",
    },
    "ia-hdrai": {
        OWN: "ia-hdrai",
        BELOW: "ia-dal ia-dal-thon-3 ia-dal-thon-4 ia-toi ia-toi-thon-1 cu cu-thon-1",
        ABOVE: "kon-tum",
        SIBLING: "huyen-khac",
        ELSEWHERE: "khac khac-thon-1",
    },
}
"""For each place of a role where everything else lies."""


def relation(place: str, code: str) -> str:
    """Return how a code lies seen from a place; every pair is written down above exactly once."""
    (found,) = [name for name, codes in WHERE[place].items() if code in codes.split()]
    return found


def codes(place: str, database: str) -> list[str]:
    """Return what is asked about: everything on SQLite, else one code of each relation and level.

    The rules are the same code on both databases; what differs is the SQL, of which one of a kind
    tells as much as all.
    """
    if database == "sqlite":
        return list(TREE)
    first: dict[tuple[str, str], str] = {}
    for code, (level, _) in TREE.items():
        first.setdefault((relation(place, code), level), code)
    return list(first.values())


ANY = frozenset({"province", "district", "commune", "village"})
VILLAGE = frozenset({"village"})


@dataclass(frozen=True)
class Rule:
    """These roles may do it to things of these levels, wherever their role reaches."""

    roles: frozenset[str]
    levels: frozenset[str] = ANY

    def allows(self, role: str, place: str, code: str) -> bool:
        return (
            role in self.roles and relation(place, code) in REACHED and TREE[code][0] in self.levels
        )


RULES = {
    "see counts": Rule(frozenset(ROLES)),
    "see a submission": Rule(frozenset(ROLES)),
    "see a photo": Rule(frozenset(ROLES)),
    "decide about a photo": Rule(frozenset({COMMUNE, DISTRICT, ADMIN})),
    "hand an answer back": Rule(frozenset({COMMUNE, DISTRICT, ADMIN})),
    "decide about a photo of an owned indicator": Rule(OFFICERS),
    "key in answers": Rule(frozenset({COMMUNE, DISTRICT, ADMIN}), VILLAGE),
    "take a village head's role away": Rule(frozenset({COMMUNE, DISTRICT, ADMIN}), VILLAGE),
    "ask for a report once": Rule(frozenset({DISTRICT, ADMIN})),
    "report a department's part": Rule(frozenset({DISTRICT, ADMIN})),
    "report one's own department's part": Rule(frozenset({DISTRICT, DEPARTMENT, ADMIN})),
    "move a stage of communes": Rule(frozenset({COMMUNE, ADMIN})),
    "move a stage of districts": Rule(frozenset({DISTRICT, ADMIN})),
    "export the dossier": Rule(OFFICERS),
    "see the report of accesses": Rule(frozenset({ADMIN})),
    "set what holds there": Rule(frozenset({ADMIN})),
    "see and end sessions": Rule(frozenset({ADMIN})),
}

INVITES = {
    HEAD: frozenset[str](),
    COMMUNE: frozenset({HEAD}),
    DEPARTMENT: frozenset[str](),
    DISTRICT: frozenset({HEAD, COMMUNE, DEPARTMENT}),
    ADMIN: frozenset(ROLES),
}
"""Whom a role may invite, theirs is the role that it may take away; nobody takes their own."""
LEVELS = {
    HEAD: VILLAGE,
    COMMUNE: frozenset({"commune"}),
    DEPARTMENT: frozenset({"province", "district", "commune"}),
    DISTRICT: frozenset({"province", "district", "commune"}),
    ADMIN: frozenset({"province", "district", "commune"}),
}
"""For areas of which levels a role can be granted."""
