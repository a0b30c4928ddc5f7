{#- In place of dbt's own: on DuckDB a column whose meta names a `compression` is stored so, whatever
    DuckDB would choose. Ids that differ in their last characters alone: zstd takes a ninth of the bytes
    of DuckDB's dictionaries, and half of the time. -#}
{% macro duckdb__get_table_columns_and_constraints() -%}
    {%- set columns = {} -%}
    {%- for name, column in model['columns'].items() -%}
        {%- set compression = column.get('config', {}).get('meta', {}).get('compression') -%}
        {%- set stored = ' using compression ' ~ compression if compression else '' -%}
        {%- do columns.update({name: dict(column, data_type=column['data_type'] ~ stored)}) -%}
    {%- endfor -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
    (
        {{ (adapter.render_raw_columns_constraints(raw_columns=columns) + constraints) | join(', ') }}
    )
{%- endmacro %}
