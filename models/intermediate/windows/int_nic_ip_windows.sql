-- Which NIC held which address of which VNet, when, by statements and sightings.
with

holdings as (
    select * from {{ ref('int_address_statements') }}
    union all
    select * from {{ ref('int_address_sightings') }}
),

windows as (
    {{ holding_windows('holdings', ['vnet_id', 'nic_ip']) }}
)

select
    vnet_id,
    nic_ip,
    nic_ip like '%/%' as is_prefix,
    -- a MAC of no known NIC denies the stated holder, and names none
    case when nic_id not like 'mac %' then nic_id end as nic_id,
    case when nic_id like 'mac %' then 2 else holder_count end as holder_count,
    window_start,
    window_end,
    first_observed_at,
    last_observed_at,
    is_end_exact,
    start_evidence,
    end_evidence
from windows
where window_start < window_end
