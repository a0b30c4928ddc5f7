"""Forgetting flows that are old, and keeping what they proved.

Raw records go, and with the next build their tuples and flows; the addresses that NICs were seen to
use stay behind as sightings, so that no window and no answer about the flows that remain changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.database import open_database
from scripts.errors import UserError
from scripts.settings import Settings

_SCRIPT = Path(__file__).with_name("retention.sql")


@dataclass(frozen=True)
class Forgotten:
    """What was taken out of the raw tables: records, and the flows that they held."""

    records: int
    flows: int


def forget_flows(settings: Settings, before: datetime) -> Forgotten:
    """Take the flow-log records of before a moment (UTC) out of the raw tables.

    One transaction. The flows themselves go with the next build.

    Raises:
        UserError: no database, or one that holds records which no build has taken up to its end:
            what they prove is not known.
    """
    with open_database(settings.database, read_only=False) as connection:
        connection.execute("set timezone = 'UTC'")
        tables = {
            name
            for (name,) in connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
            ).fetchall()
        }
        needed = {"raw.flow_logs", "intermediate.int_flow_records", "state.retained_sightings"}
        if needed <= tables:
            [(is_open,)] = connection.execute(
                """
                select
                    (select arg_max_null(completed_at, run_no) is null from state.runs)
                    or exists (
                        from raw.flow_logs
                        where record_key not in (
                            select record_key from intermediate.int_flow_records
                            where not is_withdrawn
                        )
                    )
                """
            ).fetchall()
        if not needed <= tables or is_open:
            raise UserError(
                f"{settings.database} holds flows that no build has seen: run `build` first, so "
                "that what they prove is kept."
            )
        connection.execute("begin")
        try:
            connection.execute("set variable forget_before = ?", [before])
            connection.execute(_SCRIPT.read_text(encoding="utf-8"))
            [(records, flows)] = connection.execute(
                "select (select count(*) from forgotten_records), "
                "(select count(*) from forgotten_tuples)"
            ).fetchall()
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    return Forgotten(records, flows)
