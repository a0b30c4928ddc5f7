{#- An Azure resource id as it is compared: lower case, without doubled or trailing slashes, which
    documented samples have. expr: text. Null for blank. -#}
{% macro arm_id(expr) -%}
    nullif(rtrim(replace(lower(trim({{ expr }})), '//', '/'), '/'), '')
{%- endmacro %}
