-- Moments at which a NIC stops holding everything.
with

known_nics as (
    select distinct nic_id from {{ ref('int_nic_observations') }}
),

deletions as (
    select * from {{ ref('int_deletions') }}
),

missing as (
    select
        nic_id,
        missing_at
    from {{ ref('int_nic_snapshot_bounds') }}
    where missing_at is not null
)

select
    resource_id as nic_id,
    deleted_at as ended_at,
    true as is_exact,
    evidence
from deletions
where deleted_kind = 'nic'

union all

-- what lies below a deleted group, scale set or scale-set instance went at that moment or before
select
    known_nics.nic_id,
    deletions.deleted_at,
    false,
    deletions.evidence
from known_nics
inner join deletions
    on deletions.resource_id = case deletions.deleted_kind
            when 'resource_group' then split_part(known_nics.nic_id, '/providers/', 1)
            when 'scale_set' then split_part(known_nics.nic_id, '/virtualmachines/', 1)
            when 'vm' then split_part(known_nics.nic_id, '/networkinterfaces/', 1)
        end
where deletions.deleted_kind <> 'nic'

union all

select
    nic_id,
    missing_at,
    false,
    'collector ' || {{ timestamp_text('missing_at') }}
from missing
group by nic_id, missing_at
