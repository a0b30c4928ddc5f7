-- An event stream with a 15-minute hold-back: the state of the address, in its VNet, after all
-- events up to the flow that had arrived 15 minutes later. No snapshots, no windows.
with

writes as (
    select
        observations.vnet_id,
        addresses.nic_ip,
        observations.observed_at as event_at,
        observations.nic_id
    from intermediate.int_nic_observations as observations
    inner join intermediate.int_nic_statement_addresses as addresses
        on observations.observation_key = addresses.statement_key
    where observations.source = 'operation_log'
),

-- one row per change of an address: a write takes it, the delete of its NIC frees it
changes as (
    select vnet_id, nic_ip, event_at, nic_id from writes
    union all
    select distinct writes.vnet_id, writes.nic_ip, ends.ended_at, null
    from intermediate.int_nic_ends as ends
    inner join writes using (nic_id)
    where ends.is_exact
),

attachments as (
    select nics.nic_id, vms.observed_at as event_at, vms.vm_id, vms.vm_uuid
    from intermediate.int_vm_observations as vms
    inner join intermediate.int_vm_statement_nics as nics
        on vms.observation_key = nics.statement_key
    where vms.source = 'operation_log'
),

ends as (
    select flow_id, 'src' as side, src_ip as address, event_at, vnet_id from marts.fct_flows
    union all
    select flow_id, 'dst', dst_ip, event_at, vnet_id from marts.fct_flows
),

held as (
    select ends.*, changes.nic_id
    from ends
    asof join changes
        on ends.vnet_id = changes.vnet_id
        and ends.address = changes.nic_ip
        and ends.event_at >= changes.event_at
    where changes.nic_id is not null
)

select held.flow_id, held.side, attachments.vm_id, attachments.vm_uuid, null as evidence, null as reason
from held
asof join attachments
    on held.nic_id = attachments.nic_id and held.event_at >= attachments.event_at
