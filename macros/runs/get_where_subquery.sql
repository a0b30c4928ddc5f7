{#- What a data test looks at. `where: touched_hours` in its config: the rows of the hours in which
    this run resolved a flow, so that a step does not test again what it left alone; everything with
    the variable check_all_hours, or after a full refresh, which touches all. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') -%}
    {%- if where == 'touched_hours' and not var('check_all_hours') -%}
        {%- set hours = api.Relation.create(
            database=relation.database, schema='intermediate', identifier='int_touched_hours'
        ) -%}
        (
            select * from {{ relation }}
            where event_at >= (select min(touched.hour) from {{ hours }} as touched)
                and {{ dbt.date_trunc('hour', 'event_at') }}
                in (select touched.hour from {{ hours }} as touched)
        ) as touched_rows
    {%- elif where and where != 'touched_hours' -%}
        (select * from {{ relation }} where {{ where }}) as chosen_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}
