{{ config(enabled=var('network_interfaces_from') == 'steampipe') }}

-- NICs of stored answers of Steampipe's azure_network_interface, in the columns of
-- raw.network_interfaces.
with

rows_ as (
    select
        {{ json_object({
            'id': 'id', 'name': 'name', 'type': 'type', 'location': 'region', 'tags': 'tags',
            'subscription_id': 'subscription_id',
            'mac_address': 'mac_address', 'enable_ip_forwarding': 'enable_ip_forwarding',
            'virtual_machine_id': 'virtual_machine_id',
            'network_security_group_id': 'network_security_group_id',
            'private_endpoint': 'private_endpoint', 'private_link_service': 'private_link_service',
            'ip_configurations': 'ip_configurations', 'provisioning_state': 'provisioning_state',
            'resource_guid': 'resource_guid',
        }) }} as resource,
        {{ utc_timestamp(var('steampipe_time_column')) }} as moment,
        coalesce(id, '') || coalesce(cast(ip_configurations as varchar), '') as row_order
    from {{ source('steampipe', 'network_interfaces') }}
)

{{ adapted_rows('rows_', 'steampipe/network_interfaces') }}
