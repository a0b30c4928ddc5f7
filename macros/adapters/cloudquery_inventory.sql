{#- An inventory table of CloudQuery's Azure plugin as raw rows. table: in the source `cloudquery`.
    All rows of a sync have its time. -#}
{% macro cloudquery_inventory(table) -%}
with

rows_ as (
    select
        {{ json_object({
            'id': 'id', 'name': 'name', 'type': 'type', 'location': 'location', 'tags': 'tags',
            'properties': 'properties', 'subscription_id': 'subscription_id',
        }) }} as resource,
        {{ utc_timestamp('_cq_sync_time') }} as moment,
        coalesce(id, '') || coalesce(cast(properties as varchar), '') as row_order
    from {{ source('cloudquery', table) }}
)

{{ adapted_rows('rows_', 'cloudquery/' ~ table) }}
{%- endmacro %}
