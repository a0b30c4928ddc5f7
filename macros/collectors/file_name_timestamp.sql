{#- The UTC time in a file's name (nics_2024-08-19T06-00-00Z.json, 20240819_0600.json); null where
    there is none. file_path: text. Separators vary, as ":" cannot stand in every file name. -#}
{% macro file_name_timestamp(file_path) -%}
    {%- set digits = "regexp_replace(" ~ regexp_extract_text(
        "split_part(" ~ file_path ~ ", '/', -1)",
        '20[0-9][0-9][-_]?[01][0-9][-_]?[0-3][0-9][-_tT ]?[0-2][0-9][-_:h]?[0-5][0-9]([-_:m]?[0-5][0-9])?'
    ) ~ ", '[^0-9]', ''" ~ regexp_all() ~ ")" -%}
    {{ parse_timestamp(
        "(substr(" ~ digits ~ ", 1, 4) || '-' || substr(" ~ digits ~ ", 5, 2) || '-' || substr(" ~ digits
        ~ ", 7, 2) || 'T' || substr(" ~ digits ~ ", 9, 2) || ':' || substr(" ~ digits
        ~ ", 11, 2) || ':' || coalesce(nullif(substr(" ~ digits ~ ", 13, 2), ''), '00'))"
    ) }}
{%- endmacro %}
