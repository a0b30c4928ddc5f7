{#- The windows that may answer for addresses, each closed where the next holder in its VNet begins.
    hits: a CTE, one row per address and window of int_address_windows that holds it, by itself or in a
        prefix: keys, address_window_no, window_start and window_end (not wider than the window's), and
        how surely the place belongs to the search: confirmed_from, confirmed_until, extended_after.
    keys: list of the columns that name an address.
    Gives a select: keys, address_window_no, holder_count, window_start, window_end, confirmed_from,
    confirmed_until, extended_after, held_from, held_until. -#}
{% macro held_in_turn(hits, keys) -%}
{%- set key = keys | join(', ') -%}
with

described as (
    select
        hits.*,
        windows.vnet_id as holding_vnet_id,
        coalesce(windows.nic_id, '') as nic_id,
        windows.holder_count,
        windows.first_observed_at,
        windows.window_start as held_from,
        windows.window_end as held_until
    from {{ hits }} as hits
    inner join {{ ref('int_address_windows') }} as windows using (address_window_no)
),

-- one row per holding: rule 4 once more, since an address may pass from the holder of a prefix to
-- that of the single address, whose windows have different keys
holdings as (
    select
        *,
        {{ least_known() }}(released_at, coalesce(
            lead(first_observed_at) over (
                partition by {{ key }}, holding_vnet_id order by first_observed_at, nic_id
            ),
            {{ open_end() }}
        )) as closed_at
    from (
        select
            {{ key }},
            holding_vnet_id,
            nic_id,
            first_observed_at,
            max(window_end) as released_at
        from described
        group by {{ key }}, holding_vnet_id, nic_id, first_observed_at
    ) as grouped
),

followed as (
    select
        *,
        coalesce(
            lag(closed_at) over (
                partition by {{ key }}, holding_vnet_id order by first_observed_at, nic_id
            ),
            {{ beginning_of_time() }}
        ) as freed_at
    from holdings
)

select
    {{ keys_of('described', keys) }},
    described.address_window_no,
    described.holder_count,
    {{ greatest_known() }}(
        described.window_start, {{ least_known() }}(followed.freed_at, described.first_observed_at)
    ) as window_start,
    {{ least_known() }}(described.window_end, followed.closed_at) as window_end,
    described.confirmed_from,
    described.confirmed_until,
    described.extended_after,
    described.held_from,
    described.held_until
from described
inner join followed using ({{ key }}, holding_vnet_id, nic_id, first_observed_at)
{%- endmacro %}
