"""The database itself keeps the audit log append-only: triggers refuse to change or remove a row.

They are put in after the migrations, which know tables only, and again by every `migrate` that
finds them gone, switched off or changed. Nor can a row be put in another one's place (SQLite's
INSERT OR REPLACE removes the old one without asking a trigger of removals), and the chain's end
goes forward only. Whoever owns the database can take them out; the chain of hashes then tells.
"""

from __future__ import annotations

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

NAME: Final = "audit_entry_only_added"
HEAD: Final = "audit_head_only_forward"
_REFUSED: Final = "BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END"
_BACK: Final = "NEW.entries < OLD.entries OR NEW.id <> OLD.id"
_SAME_ENTRY: Final = (
    "SELECT 1 FROM audit_entry WHERE id = NEW.id OR number = NEW.number OR sha256 = NEW.sha256"
)
_SAME_HEAD: Final = "SELECT 1 FROM audit_head WHERE id = NEW.id AND entries > 0"
_SQLITE: Final = {
    f"{NAME}_UPDATE": f"BEFORE UPDATE ON audit_entry {_REFUSED}",
    f"{NAME}_DELETE": f"BEFORE DELETE ON audit_entry {_REFUSED}",
    f"{NAME}_INSERT": f"BEFORE INSERT ON audit_entry WHEN EXISTS ({_SAME_ENTRY}) {_REFUSED}",
    f"{HEAD}_UPDATE": f"BEFORE UPDATE ON audit_head WHEN {_BACK} {_REFUSED}",
    f"{HEAD}_DELETE": f"BEFORE DELETE ON audit_head {_REFUSED}",
    f"{HEAD}_INSERT": f"BEFORE INSERT ON audit_head WHEN EXISTS ({_SAME_HEAD}) {_REFUSED}",
}
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION audit_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of the audit log are only added'; END $$
"""
_POSTGRES: Final = {
    (NAME, "audit_entry"): "BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT",
    (HEAD, "audit_head"): f"BEFORE UPDATE ON audit_head FOR EACH ROW WHEN ({_BACK})",
    (f"{HEAD}_gone", "audit_head"): "BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT",
}
_THERE: Final = """
SELECT 1 FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgname = $1 AND t.tgrelid = to_regclass($2) AND t.tgenabled = 'A'
AND p.proname = 'audit_only_added' AND p.prosrc LIKE '%RAISE EXCEPTION%'
"""
"""Switched on for replicas too ("always"), which would otherwise be a way around it."""


async def guard_audit(connection: BaseDBAsyncClient) -> None:
    """Put the triggers in where they are missing, switched off, or not what they were."""
    missing = await unguarded(connection)
    if connection.capabilities.dialect == "sqlite":
        for name in missing:
            await connection.execute_query(f"DROP TRIGGER IF EXISTS {name}")
            await connection.execute_query(f"CREATE TRIGGER {name} {_SQLITE[name]}")
        return
    if missing:
        await connection.execute_query(_FUNCTION)
    for (name, table), what in _POSTGRES.items():
        if name in missing:
            await connection.execute_query(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            made = f"CREATE TRIGGER {name} {what} EXECUTE FUNCTION audit_only_added()"
            await connection.execute_query(made)
            await connection.execute_query(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


async def unguarded(connection: BaseDBAsyncClient) -> list[str]:
    """Return which of the triggers are missing, switched off, or not what they were."""
    if connection.capabilities.dialect == "sqlite":
        rows = await connection.execute_query_dict(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        )
        there = {row["name"]: row["sql"] for row in rows}
        return [n for n, what in _SQLITE.items() if there.get(n) != f"CREATE TRIGGER {n} {what}"]
    return [
        name
        for name, table in _POSTGRES
        if not (await connection.execute_query(_THERE, [name, table]))[1]
    ]
