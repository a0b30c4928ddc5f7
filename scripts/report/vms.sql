-- The VMs that sent, received, logged or were denied most. In: $since, $until, $most.
with

vms as (
    select
        vm_id,
        max_by(vm_name, hour) as vm_name,
        sum(flows)::bigint as flows,
        sum(bytes_sent)::hugeint as bytes_sent,
        sum(bytes_received)::hugeint as bytes_received,
        sum(denied_inbound_flows)::bigint as denied_inbound_flows,
        sum(denied_outbound_flows)::bigint as denied_outbound_flows,
        sum(flows_without_bytes)::bigint as flows_without_bytes
    from questions.ask_vm_traffic
    where hour >= $since and hour < $until
    group by vm_id
),

ranked as (
    select
        *,
        row_number() over (order by bytes_sent + bytes_received desc, vm_id) as bytes_rank,
        row_number() over (order by bytes_sent desc, vm_id) as sent_rank,
        row_number() over (order by bytes_received desc, vm_id) as received_rank,
        row_number() over (order by flows desc, vm_id) as flows_rank,
        row_number() over (order by denied_inbound_flows + denied_outbound_flows desc, vm_id)
            as denied_rank
    from vms
)

-- one row per VM; the last, without a VM, is all of them together
select
    vm_id,
    vm_name,
    flows,
    bytes_sent,
    bytes_received,
    denied_inbound_flows,
    denied_outbound_flows,
    flows_without_bytes,
    1 as vms,
    (denied_inbound_flows + denied_outbound_flows > 0)::integer as denied_vms
from ranked
where least(bytes_rank, sent_rank, received_rank, flows_rank, denied_rank) <= $most
union all
select
    null,
    null,
    coalesce(sum(flows), 0)::bigint,
    coalesce(sum(bytes_sent), 0)::hugeint,
    coalesce(sum(bytes_received), 0)::hugeint,
    coalesce(sum(denied_inbound_flows), 0)::bigint,
    coalesce(sum(denied_outbound_flows), 0)::bigint,
    coalesce(sum(flows_without_bytes), 0)::bigint,
    count(*),
    count(*) filter (denied_inbound_flows + denied_outbound_flows > 0)
from vms
order by vm_id nulls last;
