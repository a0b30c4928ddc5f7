{#- A table that is made slice by slice of flow time, so that no more answers are in memory than a slice
    has. int_flow_slices says where to cut; create_table_as goes from one to the next; the models that
    such a table reads take what is of the slice at hand, and everything where there is none.
    Snowflake has memory enough, and takes everything. -#}

{#- Whether a flow is of the slice at hand. at: timestamp; null is of the slice without extent. -#}
{% macro in_slice(at) %}{{ return(adapter.dispatch('in_slice')(at)) }}{% endmacro %}

{% macro default__in_slice(at) %}true{% endmacro %}

{% macro duckdb__in_slice(at) -%}
    (
        getvariable('slice_start') is null
        or {{ at }} >= getvariable('slice_start') and {{ at }} < getvariable('slice_end')
        or {{ at }} is null and getvariable('slice_start') = getvariable('slice_end')
    )
{%- endmacro %}

{#- Whether a window reaches into the slice at hand. w: alias of a relation with the two bounds. -#}
{% macro overlaps_slice(w) %}{{ return(adapter.dispatch('overlaps_slice')(w)) }}{% endmacro %}

{% macro default__overlaps_slice(w) %}true{% endmacro %}

{% macro duckdb__overlaps_slice(w) -%}
    (
        getvariable('slice_start') is null
        or {{ w }}.window_start < getvariable('slice_end')
        and {{ w }}.window_end > getvariable('slice_start')
    )
{%- endmacro %}

{#- In place of dbt-duckdb's own: a model with the tag `in_slices` is made by an insert for each slice. -#}
{% macro duckdb__create_table_as(
    temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none
) -%}
    {%- set create = dbt.duckdb__create_table_as(
        temporary, relation, compiled_code, language, partitioned_by, sorted_by
    ) -%}
    {%- if not execute or 'in_slices' not in config.get('tags', []) -%}
        {{ return(create) }}
    {%- endif -%}
    {%- set slices = run_query(
        'select slice_start, slice_end from ' ~ ref('int_flow_slices') ~ ' order by slice_start'
    ).rows -%}
    {%- if not slices -%}
        {{ return(create) }}
    {%- endif -%}
    {%- set is_contract_enforced = config.get('contract').enforced and not temporary -%}
    {%- set target = relation.include(database=(not temporary), schema=(not temporary)) -%}
    {%- set made -%}
    {%- for slice in slices %}
set variable slice_start = timestamp '{{ slice[0] }}';
set variable slice_end = timestamp '{{ slice[1] }}';
        {%- if loop.first %}
{{ create }};
        {%- else %}
insert into {{ target }} {{ get_column_names() if is_contract_enforced }} (
    {{ get_select_subquery(compiled_code) if is_contract_enforced else compiled_code }}
);
        {%- endif %}
    {%- endfor %}
reset variable slice_start;
reset variable slice_end;
    {%- endset -%}
    {{ return(made) }}
{%- endmacro %}
