{#- The typed columns of an NSG tuple; versions 1 and 2 share the first eight fields.
    fields: from tuple_fields; counters: whether the version has state and counters. The relation has the
    addresses as they were written: src_written, dst_written. -#}
{% macro nsg_tuple_columns(fields, counters) -%}
    case {{ tuple_field(fields, 7) }} when 'I' then 'inbound' when 'O' then 'outbound' end as direction,
    case {{ tuple_field(fields, 8) }} when 'A' then 'allowed' when 'D' then 'denied' end as action,
    {%- if counters %}
    -- as logged: a denied flow of version 2 has the state begin
    case {{ tuple_field(fields, 9) }}
        when 'B' then 'begin' when 'C' then 'continue' when 'E' then 'end'
    end as flow_state,
    {%- else %}
    cast(null as varchar) as flow_state,
    {%- endif %}
    cast(null as varchar) as encryption,
    {{ canonical_ip('src_written') }} as src_ip,
    try_cast({{ tuple_field(fields, 4) }} as integer) as src_port,
    {{ canonical_ip('dst_written') }} as dst_ip,
    try_cast({{ tuple_field(fields, 5) }} as integer) as dst_port,
    -- NSG logs name two protocols; a number is taken as one
    try_cast(case {{ tuple_field(fields, 6) }}
        when 'T' then '6' when 'U' then '17' else {{ tuple_field(fields, 6) }}
    end as integer) as protocol,
    {%- for name in ['packets_src_to_dst', 'bytes_src_to_dst', 'packets_dst_to_src', 'bytes_dst_to_src'] %}
    {% if counters %}try_cast({{ tuple_field(fields, 9 + loop.index) }} as bigint){% else %}cast(null as bigint){% endif %} as {{ name }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
