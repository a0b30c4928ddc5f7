-- "Latest snapshot wins": whoever the last snapshot before the flow lists under the address.
with

listed as (
    select distinct
        addresses.nic_ip,
        observations.vnet_id,
        observations.observed_at,
        observations.vm_id
    from intermediate.int_nic_observations as observations
    inner join intermediate.int_nic_statement_addresses as addresses
        on observations.observation_key = addresses.statement_key
    where observations.source = 'collector'
),

-- one row per address and snapshot: which of several VNets it is, an address does not say
snapshots as (
    select nic_ip, observed_at, arg_max(vm_id, vnet_id) as vm_id
    from listed
    group by nic_ip, observed_at
),


ends as (
    select flow_id, 'src' as side, src_ip as address, event_at from marts.fct_flows
    union all
    select flow_id, 'dst', dst_ip, event_at from marts.fct_flows
)

select ends.flow_id, ends.side, snapshots.vm_id, null as vm_uuid, null as evidence, null as reason
from ends
asof join snapshots
    on ends.address = snapshots.nic_ip and ends.event_at >= snapshots.observed_at
where snapshots.vm_id is not null
