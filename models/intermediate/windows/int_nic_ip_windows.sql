-- Which NIC held which address of which VNet, when.
with

timeline as (
    select * from {{ ref('int_nic_timeline') }}
    where not is_end
),

addresses as (
    select * from {{ ref('int_nic_statement_addresses') }}
),

-- one row per observation and address
holdings as (
    select
        addresses.vnet_id,
        addresses.nic_ip,
        timeline.nic_id,
        timeline.event_seq,
        timeline.event_at,
        timeline.next_event_at,
        timeline.next_is_exact,
        timeline.next_evidence,
        timeline.evidence,
        timeline.reach_back_to
    from timeline
    inner join addresses on timeline.observation_key = addresses.statement_key
),

windows as (
    {{ holding_windows('holdings', ['vnet_id', 'nic_ip']) }}
)

select
    *,
    nic_ip like '%/%' as is_prefix
from windows
where window_start < window_end
