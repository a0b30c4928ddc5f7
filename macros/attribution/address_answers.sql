{#- What is to be said of addresses: for each, every stretch of the time asked for, with its holder or a
    reason. The one place that knows the reasons.
    demand: relation or CTE (of another name than the CTEs here), one row per address: keys and the
        columns of int_address_demand that are read here.
    candidates: likewise, as held_in_turn gives it.
    keys: list of the columns that name an address in both.
    Gives a select: keys, window_start, window_end, method, candidates, may_be_own, address_window_no
    (of int_address_windows, where there is one holder), nic_id, nic_mac, vm_id, vm_uuid,
    confirmed_from, confirmed_until, extended_after, unmatched_reason. -#}
{% macro address_answers(demand, candidates, keys) -%}
{%- set key = keys | join(', ') -%}
with

demand as (
    select * from {{ demand }}
),

candidates as (
    select * from {{ candidates }}
),

windows as (
    select * from {{ ref('int_address_windows') }}
),

subscriptions as (
    select * from {{ ref('int_subscriptions') }}
),

members as (
    select
        {{ key }},
        window_start,
        window_end,
        address_window_no as member_no,
        holder_count as weight
    from candidates
    where window_start < window_end

    union all

    -- all of time, so that gaps are rows too; it stands for no holder
    select
        {{ key }},
        {{ beginning_of_time() }},
        {{ open_end() }},
        0,
        0
    from demand

    union all

    -- a cut where a holding begins or ends out of reach
    select
        {{ key }},
        held_from,
        {{ open_end() }},
        0,
        0
    from candidates
    where held_from < window_start

    union all

    select
        {{ key }},
        held_until,
        {{ open_end() }},
        0,
        0
    from candidates
    where held_until > window_end and held_until < {{ open_end() }}

    union all

    -- a cut where the inventory ends: after it, a gap says nothing yet
    select
        {{ keys_of('demand', keys) }},
        subscriptions.last_evidence_at,
        {{ open_end() }},
        0,
        0
    from demand
    inner join subscriptions
        on demand.inventory_subscription_id = subscriptions.subscription_id
    where subscriptions.last_evidence_at is not null
),

segments as (
    {{ sweep_windows('members', key) }}
),

first_held as (
    select
        {{ key }},
        min(held_from) as first_held_at
    from candidates
    group by {{ key }}
),

asked_segments as (
    select
        {{ keys_of('demand', keys) }},
        demand.method,
        demand.special_reason,
        demand.is_private,
        demand.is_in_known_space,
        demand.may_be_own,
        demand.inventory_subscription_id,
        segments.members,
        segments.member_no_sum,
        segments.window_start as segment_start,
        -- only the time asked for, so that buckets stay few
        {{ greatest_known() }}(segments.window_start, demand.first_asked_at) as window_start,
        {{ least_known() }}(segments.window_end, demand.last_asked_at + interval '1 second')
            as window_end
    from segments
    inner join demand using ({{ key }})
    where segments.window_start <= demand.last_asked_at
        and segments.window_end > demand.first_asked_at
),

-- how surely the place where the holder was found belongs to the search
found as (
    select
        {{ keys_of('asked', keys) }},
        asked.segment_start,
        candidates.confirmed_from,
        candidates.confirmed_until,
        candidates.extended_after
    from asked_segments as asked
    inner join candidates
        on
            {{ same_keys('asked', 'candidates', keys) }}
            and asked.member_no_sum = candidates.address_window_no
            and {{ in_window('asked.segment_start', 'candidates') }}
    where asked.members = 1
),

-- somebody held the address, in a VNet that could not be reached just then
out_of_reach as (
    select distinct
        {{ keys_of('asked', keys) }},
        asked.segment_start
    from asked_segments as asked
    inner join candidates
        on
            {{ same_keys('asked', 'candidates', keys) }}
            and asked.segment_start >= candidates.held_from
            and asked.segment_start < candidates.held_until
    where asked.members = 0 and asked.method = 'peered_vnet_ip'
)

select
    {{ keys_of('asked', keys) }},
    asked.window_start,
    asked.window_end,
    asked.method,
    asked.members as candidates,
    asked.may_be_own,
    windows.address_window_no,
    windows.nic_id,
    windows.nic_mac,
    windows.vm_id,
    windows.vm_uuid,
    -- the weaker of holding and search decides; clocks differ, so that right beside a change of
    -- hands nothing is sure
    {{ greatest_known() }}(windows.confirmed_from, found.confirmed_from) + {{ clock_tolerance() }}
        as confirmed_from,
    {{ least_known() }}(
        windows.confirmed_until,
        found.confirmed_until,
        windows.window_end - {{ clock_tolerance() }}
    ) as confirmed_until,
    {{ least_known() }}(
        windows.extended_after,
        found.extended_after,
        windows.window_end - {{ clock_tolerance() }}
    ) as extended_after,
    case
        when asked.special_reason is not null then asked.special_reason
        when asked.members > 1 then 'ambiguous'
        when asked.members = 1 and windows.vm_id is null then 'nic_without_vm'
        when asked.members = 1 then null
        when not asked.is_private and not asked.is_in_known_space
            and first_held.first_held_at is null then 'internet'
        when not coalesce(subscriptions.has_nic_inventory, false) then 'outside_collection'
        when asked.segment_start >= subscriptions.last_evidence_at then 'pending'
        when asked.segment_start < first_held.first_held_at then 'before_first_seen'
        when out_of_reach.segment_start is not null then 'never_seen'
        when first_held.first_held_at is not null then 'after_release'
        else 'never_seen'
    end as unmatched_reason
from asked_segments as asked
left join windows on asked.members = 1 and asked.member_no_sum = windows.address_window_no
left join found
    on {{ same_keys('asked', 'found', keys) }} and asked.segment_start = found.segment_start
left join out_of_reach
    on
        {{ same_keys('asked', 'out_of_reach', keys) }}
        and asked.segment_start = out_of_reach.segment_start
left join first_held on {{ same_keys('asked', 'first_held', keys) }}
left join subscriptions on asked.inventory_subscription_id = subscriptions.subscription_id
where asked.window_start < asked.window_end
{%- endmacro %}

{#- The columns of a key under a relation's name. alias: text; keys: list. -#}
{% macro keys_of(alias, keys) -%}
    {%- for name in keys -%}{{ alias }}.{{ name }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{#- Whether two relations agree in a key. a, b: aliases; keys: list. -#}
{% macro same_keys(a, b, keys) -%}
    {%- for name in keys -%}{{ a }}.{{ name }} = {{ b }}.{{ name }}{{ ' and ' if not loop.last }}{%- endfor -%}
{%- endmacro %}
