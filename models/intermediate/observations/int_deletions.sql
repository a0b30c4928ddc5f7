-- Successful deletes, with what they delete and whether their moment is the resource's own.
with

deletes as (
    select
        attempt_key,
        resource_id,
        operation_name,
        event_at,
        status,
        evidence
    from {{ ref('int_operations') }}
    where operation_name like '%/delete'
        and status in ('accept', 'success')
        and not is_failed
        -- of a resource that the event does not name, nothing ends
        and resource_id is not null
),

kinds as (
    select
        *,
        case
            when operation_name = 'microsoft.network/networkinterfaces/delete' then 'nic'
            when operation_name = 'microsoft.compute/virtualmachines/delete' then 'vm'
            when operation_name = 'microsoft.compute/virtualmachinescalesets/virtualmachines/delete'
                then 'vm'
            when
                operation_name = 'microsoft.compute/virtualmachinescalesets/delete'
                then 'scale_set'
            when operation_name like 'microsoft.resources/%resourcegroups/delete'
                then 'resource_group'
            when operation_name like '%/networkinterfaces/delete' then 'nic'
        end as deleted_kind
    from deletes
)

-- one row per operation: a resource goes when its delete is accepted, what lies below a group or
-- a scale set goes one by one until the whole has succeeded
select
    resource_id,
    deleted_kind,
    min(event_at) as deleted_at,
    min(evidence) as evidence
from kinds
where deleted_kind in ('nic', 'vm')
    or (deleted_kind in ('scale_set', 'resource_group') and status = 'success')
group by attempt_key, resource_id, deleted_kind
