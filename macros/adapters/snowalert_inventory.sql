{#- An inventory table of SnowAlert's azure_collect as raw rows. table: in the source `snowalert`.
    Each page of an answer has the time of its own HTTP header: pages of one subscription that follow
    within minutes are one snapshot, taken when the last of them came. It collects every quarter of an
    hour at most. Rows of errors and of empty lists have no id; they stay, and close nothing. -#}
{% macro snowalert_inventory(table) -%}
{%- set listing = "coalesce(tenant_id, ''), coalesce(subscription_id, '')" -%}
with

pages as (
    select
        {{ json_object({
            'id': 'id', 'name': 'name', 'type': 'type', 'location': 'location', 'tags': 'tags',
            'properties': 'properties', 'error': 'error', 'tenant_id': 'tenant_id',
            'subscription_id': 'subscription_id',
        }) }} as resource,
        tenant_id,
        subscription_id,
        {{ utc_timestamp('recorded_at') }} as answered_at,
        coalesce(id, '') || coalesce(cast(properties as varchar), '') as row_order
    from {{ source('snowalert', table) }}
),

followed as (
    select
        *,
        lag(answered_at) over (partition by {{ listing }} order by answered_at) as answered_before
    from pages
),

-- a snapshot begins where the page before is long ago
numbered as (
    select
        *,
        sum(case
            when answered_before is null
                or answered_at > {{ dbt.dateadd('minute', 5, 'answered_before') }} then 1
            else 0
        end) over (
            partition by {{ listing }} order by answered_at
            rows between unbounded preceding and current row
        ) as snapshot_no
    from followed
),

rows_ as (
    select
        resource,
        row_order,
        max(answered_at) over (partition by {{ listing }}, snapshot_no) as moment
    from numbered
)

{{ adapted_rows('rows_', 'snowalert/' ~ table) }}
{%- endmacro %}
