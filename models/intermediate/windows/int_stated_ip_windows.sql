-- Which NIC held which address of which VNet, when, as operation logs and collectors state it.
with

holdings as (
    select * from {{ ref('int_address_statements') }}
),

windows as (
    {{ holding_windows('holdings', ['vnet_id', 'nic_ip']) }}
),

numbered as (
    select
        *,
        nic_ip like '%/%' as is_prefix,
        coalesce(nic_id = lead(nic_id) over (
            partition by vnet_id, nic_ip order by window_start
        ), false) as is_followed_by_itself,
        row_number() over (order by vnet_id, nic_ip, window_start) as stated_window_no
    from windows
    where window_start < window_end
),

-- windows whose holder's MAC is known, in the life that they belong to
known_macs as (
    select distinct numbered.stated_window_no
    from numbered
    inner join {{ ref('int_mac_windows') }} as macs
        on numbered.nic_id = macs.nic_id and {{ windows_overlap('numbered', 'macs') }}
)

select
    numbered.*,
    known_macs.stated_window_no is not null as is_mac_known
from numbered
left join known_macs using (stated_window_no)
