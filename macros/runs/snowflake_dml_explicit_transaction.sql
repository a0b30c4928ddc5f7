{#- In place of dbt-snowflake's own, which its strategies (delete+insert, merge) and snapshots use: begin,
    what is to be done, and commit as statements of their own. dml: without its last semicolon. -#}
{% macro snowflake_dml_explicit_transaction(dml) -%}
    {{ return(in_one_transaction(dml ~ ';')) }}
{%- endmacro %}
