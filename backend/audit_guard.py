"""The database itself keeps the audit log append-only: triggers refuse to change or remove a row.

They are put in after the migrations, which know tables only, and again by every `migrate` that
finds them gone. Whoever owns the database can take them out; the chain of hashes then tells.
"""

from __future__ import annotations

from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

NAME: Final = "audit_entry_only_added"
_SQLITE: Final = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {NAME}_{what} BEFORE {what} ON audit_entry "
    "BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END"
    for what in ("UPDATE", "DELETE")
)
_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION audit_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of the audit log are only added'; END $$
"""
_TRIGGER: Final = f"""
CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_only_added()
"""
_THERE: Final = "SELECT 1 FROM pg_trigger WHERE tgname = $1"


async def guard_audit(connection: BaseDBAsyncClient) -> None:
    """Put the triggers in where they are missing."""
    if connection.capabilities.dialect == "sqlite":
        for statement in _SQLITE:
            await connection.execute_query(statement)
    elif not (await connection.execute_query(_THERE, [NAME]))[1]:
        await connection.execute_query(_FUNCTION)
        await connection.execute_query(_TRIGGER)
