-- When each VM was gone, by what evidence, and who asked for it.
with

ends as (
    select
        vm_id,
        ended_at,
        is_exact,
        evidence
    from {{ ref('int_vm_ends') }}
),

deletes as (
    select
        event_at,
        resource_id,
        operation_name,
        evidence,
        caller,
        caller_ip,
        file_path,
        file_row
    from {{ ref('int_operations') }}
    where operation_name like '%/delete'
        and status in ('accept', 'success')
        and not is_failed
),

-- one row per end and event that logged it: of the VM, or of a group or scale set around it
logged as (
    select
        ends.*,
        deletes.resource_id as deleted_resource_id,
        deletes.caller,
        deletes.caller_ip,
        deletes.file_path,
        deletes.file_row
    from ends
    left join deletes
        on
            ends.evidence = deletes.evidence
            and ends.ended_at = deletes.event_at
            and deletes.resource_id in (
                ends.vm_id,
                split_part(ends.vm_id, '/virtualmachines/', 1),
                split_part(ends.vm_id, '/providers/', 1)
            )
)

select
    cast(vm_id as varchar) as vm_id,
    cast(ended_at as {{ type_ts() }}) as ended_at,
    cast(max(case when is_exact then 1 else 0 end) = 1 as boolean) as is_exact,
    cast(min(evidence) as varchar) as evidence,
    cast(max(deleted_resource_id) as varchar) as deleted_resource_id,
    cast(max(caller) as varchar) as deleted_by,
    cast(max(caller_ip) as varchar) as deleted_from_ip,
    cast(min(file_path || ':' || cast(file_row as varchar)) as varchar) as logged_in
from logged
group by vm_id, ended_at
