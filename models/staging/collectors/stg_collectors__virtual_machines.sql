-- VMs in the collector's snapshots, in one shape; rows that state nothing are kept, and marked.
with

rows_ as (
    {{ collector_rows('virtual_machines') }}
),

described as (
    select
        *,
        {{ vm_columns('resource', 'properties') }}
    from rows_
)

select
    recorded_at,
    subscription_id,
    tenant_id,
    resource_id as vm_id,
    vm_uuid,
    vm_name,
    network_interfaces,
    location,
    tags,
    coalesce(
        resource_id is not null
        and not has_error
        and not coalesce(is_truncated, false)
        and {{ resource_kind('resource_id') }} = 'vm'
        -- on its way out: neither surely there nor gone
        and coalesce(provisioning_state, '') <> 'deleting',
        false
    ) as is_statement,
    -- an error, a row without an id or a truncated answer: what is missing proves nothing
    coalesce(
        has_error
        or is_truncated
        -- the row of an empty list, which tools that were denied print as well
        or (resource_id is null and not coalesce(is_stated_complete, false))
        or not is_stated_complete,
        false
    ) as is_incomplete,
    coalesce(is_stated_complete, false) as is_stated_complete,
    has_next_page,
    file_path,
    file_row,
    loaded_at
from described
