{#- The name that follows a segment of a resource id, such as 'subscriptions'; null without it.
    id: from arm_id; segment: lower case. -#}
{% macro arm_id_part(id, segment) -%}
    nullif(split_part(split_part({{ id }}, '/{{ segment }}/', 2), '/', 1), '')
{%- endmacro %}
