-- VNets in the collector's snapshots, with address spaces, subnets and peerings as lists.
with

rows_ as (
    {{ collector_rows('virtual_networks') }}
)

select
    recorded_at,
    subscription_id,
    tenant_id,
    resource_id as vnet_id,
    coalesce(
        {{ json_get('properties', ['addressSpace', 'addressPrefixes']) }},
        {{ json_get('properties', ['address_space', 'address_prefixes']) }}
    ) as address_prefixes,
    {{ json_get('properties', ['subnets']) }} as subnets,
    coalesce(
        {{ json_get('properties', ['virtualNetworkPeerings']) }},
        {{ json_get('properties', ['virtual_network_peerings']) }}
    ) as peerings,
    coalesce(
        resource_id is not null and not has_error and {{ resource_kind('resource_id') }} = 'vnet',
        false
    ) as is_statement,
    file_path,
    file_row,
    loaded_at
from rows_
