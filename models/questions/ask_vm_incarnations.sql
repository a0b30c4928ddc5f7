-- The machines that bore each VM's id: a VM made again under its name is another one.
with

observations as (
    select
        vm_id,
        vm_uuid,
        observed_at,
        is_creation
    from {{ ref('int_vm_observations') }}
    where vm_uuid is not null
),

ends as (
    select * from {{ ref('ask_vm_ends') }}
),

-- one row per incarnation
incarnations as (
    select
        vm_id,
        vm_uuid,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at,
        min(case when is_creation then observed_at end) as created_at
    from observations
    group by vm_id, vm_uuid
),

followed as (
    select
        *,
        lead(first_seen_at) over (partition by vm_id order by first_seen_at, vm_uuid)
            as next_seen_at
    from incarnations
),

-- one row per incarnation whose end is known: the first after it was seen last
ended as (
    select
        followed.vm_id,
        followed.vm_uuid,
        min(ends.ended_at) as deleted_at
    from followed
    inner join ends
        on
            followed.vm_id = ends.vm_id
            and followed.last_seen_at <= ends.ended_at
            and (followed.next_seen_at is null or followed.next_seen_at >= ends.ended_at)
    group by followed.vm_id, followed.vm_uuid
)

select
    cast(followed.vm_id as varchar) as vm_id,
    cast(followed.vm_uuid as varchar) as vm_uuid,
    cast(followed.created_at as {{ type_ts() }}) as created_at,
    cast(followed.first_seen_at as {{ type_ts() }}) as first_seen_at,
    cast(followed.last_seen_at as {{ type_ts() }}) as last_seen_at,
    cast(ended.deleted_at as {{ type_ts() }}) as deleted_at,
    cast(ends.deleted_by as varchar) as deleted_by,
    cast(ends.deleted_from_ip as varchar) as deleted_from_ip,
    cast(ends.evidence as varchar) as deletion_evidence
from followed
left join ended on followed.vm_id = ended.vm_id and followed.vm_uuid = ended.vm_uuid
left join ends on ended.vm_id = ends.vm_id and ended.deleted_at = ends.ended_at
