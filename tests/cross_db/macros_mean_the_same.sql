-- What the macros of macros/cross_db and macros/addresses mean, on whatever warehouse this runs:
-- one row per behaviour that is not as it should be.
{% set document = "parsed.document" %}
with

parsed as (
    select
        {{ json_parse("replace('{\"a\": {\"b.c\": \"text\", \"n\": 12, \"none\": null, "
            ~ "\"list\": [{\"x\": 1}, {\"x\": 2}]}, "
            ~ "\"empty\": [], \"masked\": \"******\", \"inner\": \"{|\"k|\": |\"v|\"}\"}', '|', chr(92))") }}
            as document
),

texts as (
    select
        'a,,c' as listed,
        'one two' as words,
        cast(null as varchar) as nothing
),

addresses as (
    select
        '10.0.0.4' as address,
        '0a000004' as hex
    union all
    select
        '255.255.255.255',
        'ffffffff'
    union all
    select
        'fe80::1',
        'fe800000000000000000000000000001'
    union all
    select
        '::',
        '00000000000000000000000000000000'
    union all
    select
        '1:2:3:4:5:6:7:8',
        '00010002000300040005000600070008'
    union all
    select
        '1:2:3:4:5:6:7::',
        '00010002000300040005000600070000'
    union all
    select
        '64:ff9b::10.1.2.255',
        '0064ff9b00000000000000000a0102ff'
    union all
    select
        '10.0.0',
        ''
    union all
    select
        '10.0.0.256',
        ''
    union all
    select
        '10.0.0.04',
        ''
    union all
    select
        '1:2:3:4:5:6:7',
        ''
    union all
    select
        '1::2::3',
        ''
    union all
    select
        '12345::',
        ''
    union all
    select
        '1:2:3:4:5:6:7:8:9',
        ''
    union all
    select
        'x',
        ''
    union all
    select
        '',
        ''
),

canonical_addresses as (
    select
        'FE80:0:0:0:0:0:0:1' as written,
        'fe80::1' as canonical
    union all
    select
        '2001:db8:0:0:1:0:0:1',
        '2001:db8::1:0:0:1'
    union all
    select
        '2001:db8:0:1:1:1:1:1',
        '2001:db8:0:1:1:1:1:1'
    union all
    select
        '1:0:0:2:0:0:0:3',
        '1:0:0:2::3'
    union all
    select
        '0:0:0:0:0:0:0:0',
        '::'
    union all
    select
        '1:0:0:0:0:0:0:0',
        '1::'
    union all
    select
        '2001:DB8::/32',
        '2001:db8::/32'
    union all
    select
        '::ffff:10.0.0.4',
        '10.0.0.4'
    union all
    select
        '::FFFF:a0f:104',
        '10.15.1.4'
    union all
    select
        '0:0:0:0:0000:ffff:ffff:0',
        '255.255.0.0'
    union all
    select
        '0:0:0:0:0:ffff:10.0.0.4',
        '10.0.0.4'
    union all
    -- not in those clothes: one group too few behind them
    select
        '::ffff:12',
        '::ffff:12'
    union all
    -- the clothes of a translator (RFC 2765), which are an address of their own
    select
        '::ffff:0:10.0.0.4',
        '::ffff:0:a00:4'
    union all
    select
        '::ffff:0:a00:4',
        '::ffff:0:a00:4'
    union all
    select
        '10.0.0.0/24',
        '10.0.0.0/24'
    union all
    select
        '2001:DB8::4:A0',
        '2001:db8::4:a0'
    union all
    select
        '2001:db8::0:4',
        '2001:db8::4'
    union all
    select
        '2001:db8::0:0:4:0',
        '2001:db8::4:0'
    union all
    select
        '2001:db8::04',
        '2001:db8::4'
    union all
    select
        '1::2:3:4:5:6',
        '1::2:3:4:5:6'
    union all
    select
        '1::2:3:4:5:6:7',
        '1:0:2:3:4:5:6:7'
    union all
    select
        '::2:3:4:5:6:7',
        '::2:3:4:5:6:7'
    union all
    select
        ' 10.0.0.4 ',
        '10.0.0.4'
    union all
    select
        ' 2001:db8::4 ',
        '2001:db8::4'
    union all
    select
        'X.Example',
        'x.example'
    union all
    select
        'no:address',
        'no:address'
),

times as (
    select
        '2026-02-10T08:00:00.1234567Z' as written,
        cast('2026-02-10 08:00:00.123456' as {{ type_ts() }}) as moment
    union all
    select
        '2026-02-10T08:00:00Z',
        cast('2026-02-10 08:00:00' as {{ type_ts() }})
    union all
    select
        '2026-02-10 08:00:00',
        cast('2026-02-10 08:00:00' as {{ type_ts() }})
    union all
    select
        '2026-02-10 08:00:00 UTC',
        cast('2026-02-10 08:00:00' as {{ type_ts() }})
    union all
    select
        '2026-02-10T10:00:00+02:00',
        cast('2026-02-10 08:00:00' as {{ type_ts() }})
    union all
    select
        '2026-02-10 10:00:00.5 +0200',
        cast('2026-02-10 08:00:00.5' as {{ type_ts() }})
    union all
    select
        'Tue, 10 Feb 2026 08:00:00 GMT',
        cast('2026-02-10 08:00:00' as {{ type_ts() }})
    union all
    select
        '02/10/2026 08:00:00',
        cast('2026-02-10 08:00:00' as {{ type_ts() }})
    union all
    select
        '02/10/2026 08:00:00 PM',
        cast('2026-02-10 20:00:00' as {{ type_ts() }})
    union all
    select
        '',
        cast(null as {{ type_ts() }})
    union all
    select
        'yesterday',
        cast(null as {{ type_ts() }})
    union all
    select
        '1770710400',
        cast(null as {{ type_ts() }})
    union all
    select
        '2026-13-40T00:00:00Z',
        cast(null as {{ type_ts() }})
    union all
    select
        'infinity',
        cast(null as {{ type_ts() }})
),

epochs as (
    select
        '1770710400' as written,
        cast('2026-02-10 08:00:00' as {{ type_ts() }}) as moment
    union all
    select
        '1770710400250',
        cast('2026-02-10 08:00:00.25' as {{ type_ts() }})
    union all
    select
        '',
        cast(null as {{ type_ts() }})
    union all
    select
        'x',
        cast(null as {{ type_ts() }})
    union all
    select
        '177071040000000',
        cast(null as {{ type_ts() }})
    union all
    select
        '17707104000000000',
        cast(null as {{ type_ts() }})
),

-- in the order in which they sort, as texts with more behind them too
time_texts as (
    select
        cast('2026-03-01 12:00:00' as {{ type_ts() }}) as noted_at,
        '2026-03-01 12:00:00' as written
    union all
    select
        cast('2026-03-01 12:00:00.0001' as {{ type_ts() }}),
        '2026-03-01 12:00:00.0001'
    union all
    select
        cast('2026-03-01 12:00:00.5' as {{ type_ts() }}),
        '2026-03-01 12:00:00.5'
    union all
    select
        cast('2026-03-01 12:00:00.510203' as {{ type_ts() }}),
        '2026-03-01 12:00:00.510203'
    union all
    select
        cast('2026-03-01 20:00:00' as {{ type_ts() }}),
        '2026-03-01 20:00:00'
    union all
    select
        cast('2026-12-10 00:00:00' as {{ type_ts() }}),
        '2026-12-10 00:00:00'
    union all
    select
        {{ open_end() }},
        '9999-12-31 00:00:00'
),

time_text_places as (
    select
        row_number() over (order by noted_at) as place,
        row_number() over (order by {{ timestamp_text('noted_at') }} || ' z') as place_of_text
    from time_texts
),

elements as (
    select {{ json_text('element.value', ['x']) }} as x
    from parsed {{ json_each(json_get(document, ['a', 'list']), 'element') }}
),

no_elements as (
    select count(*) as how_many
    from parsed {{ json_each(json_get(document, ['masked']), 'element') }}
),

object_elements as (
    select count(*) as how_many
    from parsed {{ json_each(json_get(document, ['a']), 'element') }}
),

bounds as (
    select
        cast(3 as bigint) as low,
        cast(5 as bigint) as high
),

numbers as (
    select
        sum(each_number.value) as total,
        count(*) as how_many
    from bounds {{ each_integer('bounds.low', 'bounds.high', 'each_number') }}
),

known as (
    select
        moment,
        {{ last_known('value',
            'order by moment rows between unbounded preceding and current row') }}
            as value
    from (
        select
            1 as moment,
            'x' as value
        union all
        select
            2,
            null
    ) as facts
),

-- the values that each source knew first
known_values as (
    select
        source,
        {{ earliest_known('value', 'moment') }} as value
    from (
        select
            'a' as source,
            1 as moment,
            cast(null as varchar) as value
        union all
        select
            'a',
            2,
            'x'
        union all
        select
            'a',
            3,
            'y'
        union all
        select
            'b',
            1,
            null
    ) as statements
    group by source
),

listed_words as (
    select {{ string_agg_sorted('word', ',') }} as sorted_words
    from (
        select 'b' as word
        union all
        select 'a'
        union all
        select 'b'
        union all
        select null
    ) as words
),

no_group as (
    select {{ string_agg_sorted('words', ',') }} as sorted_words
    from texts
    where words = ''
),

behaviours as (
    select
        'json_text: a key with a dot' as behaviour,
        {{ json_text(document, ['a', 'b.c']) }} = 'text' as holds
    from parsed
    union all
    select
        'json_text: a number',
        {{ json_text(document, ['a', 'n']) }} = '12'
    from parsed
    union all
    select
        'json_text: JSON null',
        {{ json_text(document, ['a', 'none']) }} is null
    from parsed
    union all
    select
        'json_text: no such key',
        {{ json_text(document, ['a', 'b', 'c']) }} is null
    from parsed
    union all
    select
        'json_text: below a text',
        {{ json_text(document, ['masked', 'a']) }} is null
    from parsed
    union all
    select
        'json_parse: text inside JSON',
        {{ json_text(json_parse(json_text(document, ['inner'])), ['k']) }} = 'v'
    from parsed
    union all
    select
        'json_parse: torn',
        {{ json_parse("'{\"a\":'") }} is null
    from parsed
    union all
    select
        'json_parse: null',
        {{ json_parse('texts.nothing') }} is null
    from texts
    union all
    select
        'json_object',
        {{ json_text(json_object({'a': 'words', 'b': 'nothing'}), ['a']) }} = 'one two'
        and {{ json_text(json_object({'a': 'words', 'b': 'nothing'}), ['b']) }} is null
    from texts
    union all
    select
        'json_object_known: without nulls, in order, in one another',
        {{ json_text(json_object_known({
            'b': 'words', 'a': '1', 'none': 'nothing',
            'Z': json_object_known({'x': 'nothing', 'y': 'words'})
        }), []) }} = '{"Z":{"y":"one two"},"a":1,"b":"one two"}'
    from texts
    union all
    select
        'json_object_known: nothing known',
        {{ json_text(json_object_known({'none': 'nothing'}), []) }} = '{}'
    from texts
    union all
    select
        'nested_json: an object of nothing is not there',
        {{ json_text(
            nested_json(['listed', 'words__nothing', 'words__listed', 'other__nothing']), []
        ) }}
        = '{"listed":"a,,c","words":{"listed":"x"}}'
    from (
        select
            listed,
            nothing as words__nothing,
            'x' as words__listed,
            nothing as other__nothing
        from texts
    ) as paths
    union all
    select
        'iso_timestamp, epoch_milliseconds: '
        || coalesce({{ iso_timestamp('times.moment') }}, 'null'),
        coalesce({{ iso_timestamp('times.moment') }} = '2026-02-10T08:00:00.123Z', false)
        and {{ epoch_milliseconds('times.moment') }} = 1770710400123
    from times
    where times.written = '2026-02-10T08:00:00.1234567Z'
    union all
    select
        'iso_timestamp: zeros stay',
        {{ iso_timestamp('epochs.moment') }} = '2026-02-10T08:00:00.250Z'
    from epochs
    where epochs.written = '1770710400250'
    union all
    select
        'json_is_array',
        {{ json_is_array(json_get(document, ['empty'])) }}
    from parsed
    union all
    select
        'json_is_array: a text',
        not {{ json_is_array(json_get(document, ['masked'])) }}
    from parsed
    union all
    select
        'json_is_array: nothing',
        not {{ json_is_array(json_get(document, ['nothing'])) }}
    from parsed
    union all
    select
        'json_is_object',
        {{ json_is_object(json_get(document, ['a'])) }}
    from parsed
    union all
    select
        'json_is_object: a text',
        not {{ json_is_object(json_get(document, ['masked'])) }}
    from parsed
    union all
    select
        'json_is_object: nothing',
        not {{ json_is_object(json_get(document, ['nothing'])) }}
    from parsed
    union all
    select
        'json_each',
        count(*) = 2 and min(x) = '1' and max(x) = '2'
    from elements
    union all
    select
        'json_each: no array',
        how_many = 0
    from no_elements
    union all
    select
        'json_each: an object',
        how_many = 0
    from object_elements
    union all
    select
        'each_integer',
        total = 12 and how_many = 3
    from numbers
    union all
    select
        'last_known',
        min(value) = 'x' and count(value) = 2
    from known
    union all
    select
        'earliest_known: ' || source,
        coalesce(value, 'none') = case source when 'a' then 'x' else 'none' end
    from known_values
    union all
    select
        'string_agg_sorted',
        sorted_words = 'a,b'
    from listed_words
    union all
    select
        'string_agg_sorted: none',
        sorted_words = ''
    from no_group
    union all
    select
        'tuple_field',
        {{ tuple_field(tuple_fields('listed'), 1) }} = 'a'
        and {{ tuple_field(tuple_fields('listed'), 3) }} = 'c'
    from texts
    union all
    select
        'tuple_field: blank, and beyond the last',
        {{ tuple_field(tuple_fields('listed'), 2) }} is null
        and {{ tuple_field(tuple_fields('listed'), 4) }} is null
    from texts
    union all
    select
        'greatest_known, least_known',
        {{ greatest_known() }}(words, listed, nothing) = 'one two'
        and {{ least_known() }}(nothing, words, listed) = 'a,,c'
    from texts
    union all
    select
        'regexp_extract_text',
        {{ regexp_extract_text('words', '[a-z]+') }} = 'one'
    from texts
    union all
    select
        'regexp_extract_text: none',
        {{ regexp_extract_text('words', '[0-9]+') }} is null
    from texts
    union all
    select
        'regexp_full_match: all of it',
        {{ regexp_full_match('words', '[a-z]+ [a-z]+') }}
    from texts
    union all
    select
        'regexp_full_match: a part',
        not {{ regexp_full_match('words', '[a-z]+') }}
    from texts
    union all
    select
        'regexp_replace_all',
        {{ regexp_replace_all('words', '([a-z])([a-z])', '\\2\\1') }} = 'noe wto'
    from texts
    union all
    select
        'ip_hex: ' || address,
        coalesce({{ ip_hex('address') }}, '') = hex
    from addresses
    union all
    select
        'canonical_ip: ' || written,
        {{ canonical_ip('written') }} = canonical
    from canonical_addresses
    union all
    -- to the microsecond: that is all that one of the warehouses keeps
    select
        'parse_timestamp: ' || written,
        {{ dbt.datediff(parse_timestamp('written'), 'moment', 'microsecond') }} = 0
        or {{ parse_timestamp('written') }} is null and moment is null
    from times
    union all
    select
        'timestamp_text: ' || written,
        {{ timestamp_text('noted_at') }} = written
    from time_texts
    union all
    select
        'timestamp_text: nothing',
        {{ timestamp_text('cast(nothing as ' ~ type_ts() ~ ')') }} is null
    from texts
    union all
    select
        'timestamp_text: sorts as the times do',
        min(case when place = place_of_text then 1 else 0 end) = 1
    from time_text_places
    union all
    select
        'epoch_to_timestamp: ' || written,
        coalesce({{ epoch_to_timestamp('written') }} = moment, moment is null)
    from epochs
    union all
    select
        'epoch_seconds: rounded down',
        {{ epoch_seconds("cast('2026-02-10 08:00:00.999' as " ~ type_ts() ~ ")") }} = 1770710400
    from texts
)

select behaviour
from behaviours
where holds is not true
