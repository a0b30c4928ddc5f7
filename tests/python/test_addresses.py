"""Canonical addresses, beside those of Python's ipaddress (RFC 5952)."""

from __future__ import annotations

from ipaddress import IPv6Address

import duckdb
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.python.test_snowflake_macros import rendered

GROUP = st.one_of(st.just(0), st.integers(0, 15), st.integers(0, 65535))
ADDRESSES_AT_ONCE = 100


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """An IPv6 address as one may write it, and as RFC 5952 wants it."""
    groups = draw(st.lists(GROUP, min_size=8, max_size=8))
    address = IPv6Address(b"".join(group.to_bytes(2) for group in groups))
    assume(not address.ipv4_mapped)  # which ipaddress writes with dots, or not, by its version
    texts = [draw(st.sampled_from([f"{group:x}", f"{group:04x}"])) for group in groups]
    runs = [
        (first, last)
        for first in range(8)
        for last in range(first + 1, 9)
        if not any(groups[first:last])
    ]
    run = draw(st.sampled_from([None, *runs]))
    written = ":".join(texts)
    if run:
        written = ":".join(texts[: run[0]]) + "::" + ":".join(texts[run[1] :])
    written = draw(st.sampled_from([written, written.upper(), f" {written} "]))
    return draw(
        st.sampled_from([(written, str(address)), (f"{written.strip()}/64", f"{address}/64")])
    )


@settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(spellings(), min_size=ADDRESSES_AT_ONCE, max_size=ADDRESSES_AT_ONCE))
def test_any_spelling_of_an_ipv6_address_is_the_one_of_rfc_5952(found: list[tuple[str, str]]):
    written, expected = zip(*found, strict=True)
    canonical_ip = rendered("{{ canonical_ip('written') }}", warehouse="duckdb")
    with duckdb.connect() as db:
        wrong = db.execute(
            f"""
            select written, {canonical_ip} as canonical, expected
            from (select unnest($1::varchar[]) as written, unnest($2::varchar[]) as expected)
            where canonical is distinct from expected
            """,
            [list(written), list(expected)],
        ).fetchall()
    assert not wrong
