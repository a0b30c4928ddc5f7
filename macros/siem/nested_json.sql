{#- A JSON object from columns whose names are paths: `a__b` becomes b in the object a. What is null is left
    out, and so is an object in which all is null: schemas refuse both.
    columns: names; others: {path: expression} of what no column holds; prefix: of the object, with its __. -#}
{% macro nested_json(columns, others={}, prefix='') -%}
    {%- set pairs = {} -%}
    {%- for path in columns + others.keys() | list if path.startswith(prefix) -%}
        {%- set parts = path[prefix | length:].split('__') -%}
        {%- if parts | length == 1 -%}
            {%- do pairs.update({parts[0]: others.get(path, path)}) -%}
        {%- elif parts[0] not in pairs -%}
            {%- set inner = prefix ~ parts[0] ~ '__' -%}
            {%- set known = [] -%}
            {%- for column in columns if column.startswith(inner) -%}
                {%- do known.append(column ~ ' is not null') -%}
            {%- endfor -%}
            {%- set object = nested_json(columns, others, inner) -%}
            {%- do pairs.update({parts[0]: 'case when ' ~ known | join(' or ') ~ ' then ' ~ object ~ ' end'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(json_object_known(pairs, inside=prefix != '')) }}
{%- endmacro %}
