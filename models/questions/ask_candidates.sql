-- Who may have had an address where several could, and so none is named.
with

statements as (
    select
        vnet_id,
        nic_ip,
        nic_id,
        event_at,
        next_event_at,
        evidence
    from {{ ref('int_address_statements') }}
),

-- a MAC of no known NIC that used the address
strangers as (
    select
        vnet_id,
        nic_ip,
        nic_id,
        event_at,
        next_event_at,
        evidence
    from {{ ref('int_address_sightings') }}
    where nic_id like 'mac %'
),

nic_vms as (
    select * from {{ ref('int_nic_vm_windows') }}
    where vm_id is not null
),

-- whose machine the NIC was stands between the one before and the one after
doubtful_windows as (
    select
        windows.vnet_id,
        windows.nic_ip,
        windows.nic_id,
        windows.window_start,
        windows.window_end
    from {{ ref('int_address_windows') }} as windows
    where windows.holder_count > 1 and windows.nic_id is not null
),

neighbours as (
    select
        doubtful.*,
        nic_vms.vm_id,
        nic_vms.vm_uuid,
        case when nic_vms.window_end <= doubtful.window_start then 'before' else 'after' end
            as side,
        row_number() over (
            partition by
                doubtful.vnet_id,
                doubtful.nic_ip,
                doubtful.window_start,
                nic_vms.window_end <= doubtful.window_start
            order by
                -- a NIC's windows do not overlap: the last one before, the first one after
                case
                    when nic_vms.window_end <= doubtful.window_start then nic_vms.window_end
                end desc,
                nic_vms.window_start
        ) as distance
    from doubtful_windows as doubtful
    inner join nic_vms
        on
            doubtful.nic_id = nic_vms.nic_id
            and (
                doubtful.window_start >= nic_vms.window_end
                or doubtful.window_end <= nic_vms.window_start
            )
),

candidates as (
    select
        statements.vnet_id,
        statements.nic_ip as address,
        {{ greatest_known() }}(
            statements.event_at, coalesce(nic_vms.window_start, statements.event_at)
        ) as window_start,
        {{ least_known() }}(
            statements.next_event_at, coalesce(nic_vms.window_end, statements.next_event_at)
        ) as window_end,
        statements.nic_id,
        cast(null as varchar) as nic_mac,
        nic_vms.vm_id,
        nic_vms.vm_uuid,
        'stated to hold it' as basis,
        statements.evidence
    from statements
    left join nic_vms
        on
            statements.nic_id = nic_vms.nic_id
            and statements.event_at < nic_vms.window_end
            and statements.next_event_at > nic_vms.window_start

    union all

    select
        vnet_id,
        nic_ip,
        event_at,
        next_event_at,
        null,
        split_part(nic_id, ' ', 2),
        null,
        null,
        'used it, and is no known NIC''s MAC',
        evidence
    from strangers

    union all

    select
        vnet_id,
        nic_ip,
        window_start,
        window_end,
        nic_id,
        null,
        vm_id,
        vm_uuid,
        case side when 'before' then 'had the NIC before' else 'had the NIC after' end,
        null
    from neighbours
    where distance = 1
),

names as (
    select * from {{ ref('int_vm_names') }}
)

select
    cast(candidates.vnet_id as varchar) as vnet_id,
    cast(candidates.address as varchar) as address,
    cast(candidates.window_start as {{ type_ts() }}) as window_start,
    cast(nullif(candidates.window_end, {{ open_end() }}) as {{ type_ts() }}) as window_end,
    cast(candidates.nic_id as varchar) as nic_id,
    cast(candidates.nic_mac as varchar) as nic_mac,
    cast(candidates.vm_id as varchar) as vm_id,
    cast(candidates.vm_uuid as varchar) as vm_uuid,
    cast(names.vm_name as varchar) as vm_name,
    cast(candidates.basis as varchar) as basis,
    cast(candidates.evidence as varchar) as evidence
from candidates
left join names on candidates.vm_id = names.vm_id
where candidates.window_start < candidates.window_end
