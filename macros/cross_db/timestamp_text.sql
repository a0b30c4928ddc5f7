{#- A timestamp as text: 2026-03-01 12:00:00, and the part of a second where there is one, without the
    zeros at its end. Such texts sort as the times do, also with a blank and more text behind them.
    expr: timestamp, UTC. Snowflake's cast gives what the format of the session says, if it be the day
    alone. -#}
{% macro timestamp_text(expr) %}{{ return(adapter.dispatch('timestamp_text')(expr)) }}{% endmacro %}

{% macro default__timestamp_text(expr) %}cast({{ expr }} as varchar){% endmacro %}

{% macro snowflake__timestamp_text(expr) -%}
    regexp_replace(to_varchar({{ expr }}, 'YYYY-MM-DD HH24:MI:SS.FF6'), '[.]?0+$', '')
{%- endmacro %}
