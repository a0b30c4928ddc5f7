{#- A MAC as pairs with colons, as others write it. mac: 12 hex digits, from canonical_mac. -#}
{% macro colon_mac(mac) -%}
    substr({{ mac }}, 1, 2) || ':' || substr({{ mac }}, 3, 2) || ':' || substr({{ mac }}, 5, 2)
    || ':' || substr({{ mac }}, 7, 2) || ':' || substr({{ mac }}, 9, 2) || ':' || substr({{ mac }}, 11, 2)
{%- endmacro %}
