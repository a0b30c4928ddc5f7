{#- Rows of one collector table in the shape that all kinds share: when the snapshot was taken, whose
    it is, and the resource's properties, wrapped (ARM) or flattened (az list, SDK dictionaries).
    source_table: a raw table. Gives a select statement. -#}
{% macro collector_rows(source_table) -%}
{%- set stated_time = [
    json_text('rows_.resource', ['recorded_at']),
    json_text('rows_.resource', ['_cq_sync_time']),
    json_text('rows_.envelope', ['recorded_at']),
] | join(', ') -%}
select
    rows_.resource,
    case
        when {{ json_is_object(json_get('rows_.resource', ['properties'])) }}
            then {{ json_get('rows_.resource', ['properties']) }}
        when {{ json_is_object(json_parse(json_text('rows_.resource', ['properties']))) }}
            then {{ json_parse(json_text('rows_.resource', ['properties'])) }}
        else rows_.resource
    end as properties,
    {{ arm_id(json_text('rows_.resource', ['id'])) }} as resource_id,
    -- a time that is stated and does not parse is no reason to take another: landing rejects the row
    case
        when coalesce({{ stated_time }}) is not null then {{ parse_timestamp("coalesce(" ~ stated_time ~ ")") }}
        else coalesce({{ file_name_timestamp('rows_.file_path') }}, rows_.file_modified_at)
    end as recorded_at,
    lower(coalesce(
        {{ json_text('rows_.resource', ['subscription_id']) }},
        {{ json_text('rows_.resource', ['subscriptionId']) }},
        {{ json_text('rows_.envelope', ['subscription_id']) }},
        {{ arm_id_part(arm_id(json_text('rows_.resource', ['id'])), 'subscriptions') }}
    )) as subscription_id,
    lower(coalesce(
        {{ json_text('rows_.resource', ['tenant_id']) }},
        {{ json_text('rows_.resource', ['tenantId']) }},
        {{ json_text('rows_.envelope', ['tenant_id']) }}
    )) as tenant_id,
    coalesce(
        {{ json_text('rows_.resource', ['error']) }}, {{ json_text('rows_.envelope', ['error']) }}
    ) is not null as has_error,
    lower(coalesce(
        {{ json_text('rows_.envelope', ['resultTruncated']) }},
        {{ json_text('rows_.envelope', ['result_truncated']) }},
        {{ json_text('rows_.resource', ['resultTruncated']) }}
    )) = 'true'
    -- Resource Graph says how many there are, and how many it gives
    or coalesce(
        try_cast(coalesce(
            {{ json_text('rows_.envelope', ['totalRecords']) }},
            {{ json_text('rows_.envelope', ['total_records']) }}
        ) as bigint) > try_cast({{ json_text('rows_.envelope', ['count']) }} as bigint),
        false
    ) as is_truncated,
    coalesce(
        {{ json_text('rows_.envelope', ['nextLink']) }},
        {{ json_text('rows_.envelope', ['@odata.nextLink']) }},
        {{ json_text('rows_.envelope', ['$skipToken']) }},
        {{ json_text('rows_.envelope', ['skip_token']) }}
    ) is not null as has_next_page,
    -- `collect` says whether it read all lists of the subscription; other tools say nothing: null
    lower({{ json_text('rows_.envelope', ['is_complete']) }}) = 'true' as is_stated_complete,
    rows_.file_path,
    rows_.file_row,
    rows_.loaded_at
from {{ raw_relation(source_table) }} as rows_
{%- endmacro %}
