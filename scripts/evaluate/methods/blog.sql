-- The blog post this grew out of: windows per bare address, the first that fits, the source alone.
with

windows as (
    select
        addresses.nic_ip,
        observations.nic_id,
        observations.observed_at as window_start,
        lead(observations.observed_at) over (
            partition by addresses.nic_ip order by observations.observed_at, observations.nic_id
        ) as window_end
    from intermediate.int_nic_observations as observations
    inner join intermediate.int_nic_statement_addresses as addresses
        on observations.observation_key = addresses.statement_key
),

nic_vms as (
    select nic_id, arg_max(vm_id, observed_at) as vm_id
    from (
        select nic_id, vm_id, observed_at from intermediate.int_nic_observations
        where vm_id is not null
        union all
        select nics.nic_id, vms.vm_id, vms.observed_at
        from intermediate.int_vm_observations as vms
        inner join intermediate.int_vm_statement_nics as nics
            on vms.observation_key = nics.statement_key
    )
    group by nic_id
),

found as (
    select
        flows.flow_id,
        arg_min(windows.nic_id, windows.window_start) as nic_id
    from marts.fct_flows as flows
    inner join windows
        on flows.src_ip = windows.nic_ip
        and flows.event_at >= windows.window_start
        and flows.event_at < coalesce(windows.window_end, timestamp '9999-12-31')
    group by flows.flow_id
)

select found.flow_id, 'src' as side, nic_vms.vm_id, null as vm_uuid, null as evidence, null as reason
from found
inner join nic_vms using (nic_id)
