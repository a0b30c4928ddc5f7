-- A warehouse that has run for a month: every address of the windows was asked for, all along, and
-- so were those of the present flows, which alone are of the present run.
create or replace table intermediate.int_asked_addresses as
with

ends as (
    select scope_id, src_ip as address, event_at, 2 as run_no from intermediate.int_flow_captures_new
    union all
    select scope_id, dst_ip, event_at, 2 from intermediate.int_flow_captures_new
    union all
    select vnet_id, nic_ip, window_start, 1 from intermediate.int_address_windows
    union all
    select vnet_id, nic_ip, (select max(event_at) from intermediate.int_flow_captures_new), 1
    from intermediate.int_address_windows
)

select
    scope_id,
    scope_id as vnet_id,
    getvariable('subscription') as subscription_id,
    address,
    min(event_at) as first_asked_at,
    max(event_at) as last_asked_at,
    max(run_no) as asked_run_no
from ends
group by scope_id, address;
