{{ config(enabled=var('virtual_networks_from') == 'steampipe') }}

-- VNets of stored answers of Steampipe's azure_virtual_network, in the columns of
-- raw.virtual_networks.
with

rows_ as (
    select
        {{ json_object({
            'id': 'id', 'name': 'name', 'type': 'type', 'location': 'region', 'tags': 'tags',
            'subscription_id': 'subscription_id',
            'address_space': json_object({'address_prefixes': 'address_prefixes'}),
            'subnets': 'subnets', 'virtual_network_peerings': 'network_peerings',
        }) }} as resource,
        {{ utc_timestamp(var('steampipe_time_column')) }} as moment,
        coalesce(id, '') || coalesce(cast(subnets as varchar), '') as row_order
    from {{ source('steampipe', 'virtual_networks') }}
)

{{ adapted_rows('rows_', 'steampipe/virtual_networks') }}
