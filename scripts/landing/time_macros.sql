-- What macros/cross_db/parse_timestamp.sql says for DuckDB: landing rejects what would be null there.
create or replace temp macro bare_time(written) as
    regexp_replace(trim(written), ' ?([zZ]|UTC|GMT)$', '');

create or replace temp macro joined_time(written) as
    regexp_replace(bare_time(written), ' ([+-][0-9]{2}:?[0-9]{2})$', '\1');

create or replace temp macro parsed_time(written) as coalesce(
    cast(try_cast(case
        when regexp_matches(
            joined_time(written), '^[12][0-9]{3}-.*:[0-9.]+[+-][0-9]{2}(:?[0-9]{2})?$'
        ) then joined_time(written)
        when regexp_matches(joined_time(written), '^[12][0-9]{3}-') then joined_time(written) || 'Z'
    end as timestamptz) at time zone 'UTC' as timestamp),
    case when bare_time(written) like '%:%' then try_strptime(
        bare_time(written),
        ['%a, %d %b %Y %H:%M:%S', '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %H:%M:%S']
    ) end
);
