-- Which addresses a NIC ever held, that may have captured flows, and from when until when it may.
with

windows as (
    select distinct
        nic_id,
        nic_ip
    from {{ ref('int_nic_ip_windows') }}
    where nic_id is not null
),

by_mac as (
    select
        nic_id,
        min(window_start) as window_start,
        max(window_end) as window_end
    from {{ ref('int_capture_windows') }}
    group by nic_id
),

-- the target of a flow log captured its flows, whatever else is known of it
by_target as (
    select distinct target_nic_id as nic_id
    from {{ ref('int_flow_tuples') }}
    where target_nic_id is not null
)

select
    windows.nic_id,
    windows.nic_ip,
    case when by_target.nic_id is null then by_mac.window_start else {{ beginning_of_time() }} end
        as window_start,
    case when by_target.nic_id is null then by_mac.window_end else {{ open_end() }} end
        as window_end
from windows
left join by_mac on windows.nic_id = by_mac.nic_id
left join by_target on windows.nic_id = by_target.nic_id
where by_mac.nic_id is not null or by_target.nic_id is not null
