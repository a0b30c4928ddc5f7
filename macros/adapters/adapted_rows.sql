{#- Rows of an inventory table in the columns of the raw table that they stand for. The snapshot's moment
    stands where a file's does.
    rows_: a CTE with resource, moment and row_order (a text that tells rows of one moment apart);
    path: what stands in place of a file's path. -#}
{% macro adapted_rows(rows_, path) -%}
select
    resource,
    {{ json_parse("cast(null as varchar)") }} as envelope,
    '{{ path }}' as file_path,
    row_number() over (order by moment, row_order) as file_row,
    moment as file_modified_at,
    moment as loaded_at
from {{ rows_ }}
{%- endmacro %}
