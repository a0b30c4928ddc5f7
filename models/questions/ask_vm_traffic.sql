-- What each VM sent and received by hour, as its own NICs logged it.
with

flows as (
    select
        {{ dbt.date_trunc('hour', 'event_at') }} as hour,
        direction,
        action,
        capture_vm_id,
        -- the captured end: who sends what goes out, who receives what comes in
        case direction when 'outbound' then src_vm_id else dst_vm_id end as vm_id,
        case direction when 'outbound' then src_vm_name else dst_vm_name end as vm_name,
        case direction when 'outbound' then bytes_src_to_dst else bytes_dst_to_src end
            as bytes_sent,
        case direction when 'outbound' then bytes_dst_to_src else bytes_src_to_dst end
            as bytes_received
    from {{ ref('fct_flows') }}
),

-- The far end of a flow has most often logged it as well, and so has a firewall on the way: counted
-- is one log of each, the VM's own.
own_flows as (
    select * from flows
    where vm_id is not null and (capture_vm_id is null or capture_vm_id = vm_id)
)

select
    cast(hour as {{ type_ts() }}) as hour,
    cast(vm_id as varchar) as vm_id,
    cast(max(vm_name) as varchar) as vm_name,
    cast(count(*) as bigint) as flows,
    cast(sum(case when direction = 'outbound' and action = 'denied' then 1 else 0 end) as bigint)
        as denied_outbound_flows,
    cast(sum(case when direction = 'inbound' and action = 'denied' then 1 else 0 end) as bigint)
        as denied_inbound_flows,
    cast(sum(coalesce(bytes_sent, 0)) as decimal(38, 0)) as bytes_sent,
    cast(sum(coalesce(bytes_received, 0)) as decimal(38, 0)) as bytes_received,
    cast(sum(case when bytes_sent is null and bytes_received is null then 1 else 0 end) as bigint)
        as flows_without_bytes
from own_flows
group by 1, 2
