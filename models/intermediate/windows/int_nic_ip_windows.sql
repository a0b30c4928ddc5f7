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
    * replace (case when nic_id not like 'mac %' then nic_id end as nic_id),
    nic_ip like '%/%' as is_prefix
from windows
where window_start < window_end
