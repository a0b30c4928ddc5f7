-- The flows of each VM, at whichever end it was.
with

flows as (
    select
        flow_id,
        event_at,
        direction,
        action,
        flow_state,
        src_ip,
        src_port,
        dst_ip,
        dst_port,
        protocol,
        protocol_name,
        packets_src_to_dst,
        bytes_src_to_dst,
        packets_dst_to_src,
        bytes_dst_to_src,
        rule_name,
        vnet_id,
        capture_nic_id,
        src_nic_id,
        src_vm_id,
        src_vm_uuid,
        src_vm_name,
        src_match_method,
        src_evidence,
        src_unmatched_reason,
        dst_nic_id,
        dst_vm_id,
        dst_vm_uuid,
        dst_vm_name,
        dst_match_method,
        dst_evidence,
        dst_unmatched_reason
    from {{ ref('fct_flows') }}
)

select
    src_vm_id as vm_id,
    cast(case when src_vm_id = dst_vm_id then 'both' else 'source' end as varchar) as vm_end,
    *
from flows
where src_vm_id is not null
union all
select
    dst_vm_id,
    cast('destination' as varchar),
    *
from flows
where dst_vm_id is not null and dst_vm_id <> coalesce(src_vm_id, '')
