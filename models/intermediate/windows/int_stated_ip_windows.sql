-- Which NIC held which address of which VNet, when, as operation logs and collectors state it.
with

holdings as (
    select * from {{ ref('int_address_statements') }}
),

windows as (
    {{ holding_windows('holdings', ['vnet_id', 'nic_ip']) }}
)

select
    *,
    nic_ip like '%/%' as is_prefix
from windows
where window_start < window_end
