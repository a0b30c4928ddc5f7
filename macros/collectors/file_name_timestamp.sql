{#- The UTC time in a file's name (nics_2024-08-19T06-00-00Z.json, 20240819_0600.json), the last one
    where there are several; null where there is none. file_path: text. Separators vary, as ":" cannot
    stand in every file name. -#}
{% macro file_name_timestamp(file_path) -%}
    {%- set name = "split_part(" ~ file_path ~ ", '/', -1)" -%}
    {%- set minutes = '.*20[0-9][0-9][-_.]?[01][0-9][-_.]?[0-3][0-9][-_.tT ]?[0-2][0-9][-_:.h]?[0-5][0-9]' -%}
    {#- all that stands before the last time and the time itself: its digits come last -#}
    {%- set times = "coalesce(" ~ regexp_extract_text(name, minutes ~ '[-_:.m]?[0-5][0-9]') ~ ", "
        ~ regexp_extract_text(name, minutes) ~ " || '00')" -%}
    {%- set digits = regexp_replace_all(times, '[^0-9]', '') -%}
    {%- set last = "right(" ~ digits ~ ", 14)" -%}
    {{ parse_timestamp(
        "(substr(" ~ last ~ ", 1, 4) || '-' || substr(" ~ last ~ ", 5, 2) || '-' || substr(" ~ last
        ~ ", 7, 2) || 'T' || substr(" ~ last ~ ", 9, 2) || ':' || substr(" ~ last
        ~ ", 11, 2) || ':' || substr(" ~ last ~ ", 13, 2))"
    ) }}
{%- endmacro %}
