"""Which MACs forward, beside the rule as one would say it: pair by pair."""

from __future__ import annotations

from pathlib import Path
from threading import Timer

import duckdb
import pytest

from tests.python.conftest import Models

MODEL = "int_forwarding_macs"
INPUTS = """
create schema if not exists intermediate;
create or replace table intermediate.int_sighted_addresses (
    capture_mac varchar, vnet_id varchar, address varchar, hour timestamp,
    first_seen_at timestamp, last_seen_at timestamp, seen_at timestamp, nic_id varchar
);
create or replace table intermediate.int_address_statements (
    vnet_id varchar, nic_ip varchar, nic_id varchar
);
create or replace table intermediate.int_vnet_spaces (
    vnet_id varchar, prefix varchar, first_hex varchar, last_hex varchar
);
create or replace table intermediate.int_nic_attribute_windows (
    nic_id varchar, is_forwarder boolean
);
create or replace table intermediate.int_mac_windows (mac varchar, nic_id varchar);
"""
# MACs at an address within ten minutes of each hour, so that some are beside each other and some
# touch; a MAC may use several addresses.
SIGHTINGS = """
insert into intermediate.int_sighted_addresses by name
select
    'MAC-' || mac as capture_mac,
    'v' as vnet_id,
    '10.0.0.' || address as address,
    timestamp '2026-03-01 10:00:00' + to_hours(hour) as hour,
    timestamp '2026-03-01 10:00:00' + to_hours(hour) + to_minutes(began) as first_seen_at,
    timestamp '2026-03-01 10:00:00' + to_hours(hour) + to_minutes(began + lasted) as last_seen_at,
    first_seen_at as seen_at,
    null as nic_id
from (
    select distinct on (mac, address, hour)
        hash(seed, i, 1) % 12 as mac,
        hash(seed, i, 2) % 4 as address,
        (hash(seed, i, 3) % 3)::bigint as hour,
        (hash(seed, i, 4) % 10)::bigint as began,
        (hash(seed, i, 5) % 4)::bigint as lasted
    from range(10 + 2 * $seed) as one(i), (select $seed as seed)
    order by all
)
"""
PAIR_BY_PAIR = """
select one.capture_mac
from intermediate.int_sighted_addresses as one, intermediate.int_sighted_addresses as other
where one.address = other.address and one.hour = other.hour
    and one.capture_mac <> other.capture_mac
    and one.first_seen_at <= other.last_seen_at and one.last_seen_at >= other.first_seen_at
group by one.capture_mac
having count(distinct other.capture_mac) > 1
order by one.capture_mac
"""


@pytest.fixture(scope="module")
def statement(models: Models) -> str:
    return dict(models.compiled.statements)[MODEL]


@pytest.fixture
def db(models: Models, tmp_path: Path):
    with duckdb.connect(str(models.compiled.new_database(tmp_path))) as connection:
        connection.execute(INPUTS)
        yield connection


def forwarding(db: duckdb.DuckDBPyConnection, statement: str) -> list[str]:
    db.execute(statement)
    return [mac for (mac,) in db.execute(f"from intermediate.{MODEL} order by all").fetchall()]


def test_macs_beside_several_others_forward(db: duckdb.DuckDBPyConnection, statement: str) -> None:
    found = []
    for seed in range(60):
        db.execute("truncate intermediate.int_sighted_addresses")
        db.execute(SIGHTINGS, {"seed": seed})
        expected = [mac for (mac,) in db.execute(PAIR_BY_PAIR).fetchall()]
        assert forwarding(db, statement) == expected, f"seed {seed}"
        found.append(len(expected))
    assert min(found) < 4
    assert max(found) > 8


def test_a_flood_of_forged_macs_is_told_without_pairing_them(
    db: duckdb.DuckDBPyConnection, statement: str
) -> None:
    db.execute(
        """
        insert into intermediate.int_sighted_addresses
        select
            'MAC-' || mac, 'v', '10.0.0.' || address, timestamp '2026-03-01 10:00:00',
            timestamp '2026-03-01 10:00:00', timestamp '2026-03-01 10:50:00',
            timestamp '2026-03-01 10:00:00', null
        from range(10000) as macs(mac), range(100) as addresses(address)
        """
    )
    # ten billion pairs, which took minutes
    limit = Timer(60, db.interrupt)
    limit.start()
    try:
        assert len(forwarding(db, statement)) == 10000
    finally:
        limit.cancel()
