{{ config(enabled=var('virtual_machines_from') == 'steampipe') }}

-- VMs of stored answers of Steampipe's azure_compute_virtual_machine, in the columns of
-- raw.virtual_machines.
with

rows_ as (
    select
        {{ json_object({
            'id': 'id', 'name': 'name', 'type': 'type', 'location': 'region', 'tags': 'tags',
            'subscription_id': 'subscription_id', 'vm_id': 'vm_id',
            'network_profile': json_object({'network_interfaces': 'network_interfaces'}),
            'provisioning_state': 'provisioning_state',
        }) }} as resource,
        {{ utc_timestamp(var('steampipe_time_column')) }} as moment,
        coalesce(id, '') || coalesce(cast(network_interfaces as varchar), '') as row_order
    from {{ source('steampipe', 'virtual_machines') }}
)

{{ adapted_rows('rows_', 'steampipe/virtual_machines') }}
