{#- Whether a moment lies in an hour that this run counts again; always, where everything is.
    at: timestamp. The bound beside the list lets the warehouse skip what is older. -#}
{% macro in_touched_hours(at) -%}
    {%- if is_incremental() -%}
    {{ at }} >= (select min(touched.hour) from {{ ref('int_touched_hours') }} as touched)
    and {{ dbt.date_trunc('hour', at) }}
    in (select touched.hour from {{ ref('int_touched_hours') }} as touched)
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
