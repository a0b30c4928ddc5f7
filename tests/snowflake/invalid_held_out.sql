-- Statements that Snowflake refuses, written after the gate was finished, by somebody who had not read its
-- rules. Never tune the gate to this file: what it misses is the measure of what it would miss.

-- list_aggregate is DuckDB's
select list_aggregate(candidates, 'max') from flows;

-- a struct literal in braces with a bare key, read by a dot
select ({a: 1}).a as one;

-- epoch_ms is DuckDB's
select epoch_ms(event_at) as ms from fct_flows;

-- strftime is DuckDB's
select strftime(event_at, '%Y-%m-%d') as day from fct_flows;

-- an aggregate with FILTER
select count(*) filter (where src_vm_id is null) as unmatched from fct_flows;

-- DISTINCT ON is Postgres's
select distinct on (nic_id) nic_id, window_start from windows order by nic_id, window_start desc;

-- generate_series is no table function there
select i from generate_series(1, 24) as hours(i);

-- a cast to text[]
select cast(split(flow_tuple, ',') as text[]) as fields from tuples;

-- an anti join
select flows.flow_id from flows anti join windows on flows.src_ip = windows.nic_ip;

-- ILIKE ANY of an array constructor with ANY(array)
select vm_name from vms where vm_id = any(array['a', 'b']);

-- INSERT OR REPLACE
insert or replace into state.runs values (1, current_timestamp(), null, false);

-- ON CONFLICT
insert into state.runs (run_no) values (1) on conflict (run_no) do nothing;

-- RETURNING
delete from fct_flows where flow_id = 'x' returning flow_id;

-- UPDATE with an alias for the assigned column
update fct_flows as f set f.src_vm_id = null from where f.flow_id = 'x';

-- string_agg is not Snowflake's
select string_agg(vm_name, ',' order by vm_name) as names from vms;

-- array_agg with its order inside
select array_agg(vm_name order by vm_name) as names from vms;

-- a window function in WHERE
select nic_id from windows where row_number() over (partition by nic_id order by window_start) = 1;

-- lead without OVER
select nic_id, lead(window_start) as next_start from windows;

-- row_number takes no argument
select row_number(nic_id) over (order by nic_id) as number from windows;

-- rank needs an order
select rank() over (partition by nic_id) as place from windows;

-- split_part takes three arguments
select split_part(resource_id, '/') as part from nics;

-- date_trunc takes no third argument
select date_trunc('hour', event_at, 'UTC') as hour from fct_flows;

-- datediff takes a part first
select datediff(window_start, window_end) as length from windows;

-- iff takes three arguments
select iff(vm_id is null, 'none') as owner from windows;

-- nvl takes two arguments
select nvl(vm_id) as vm_id from windows;

-- the arrow operator with text
select event ->> '$.operationName' as operation from operation_logs;

-- json_extract_string is DuckDB's
select json_extract_string(event, '$.time') as at from operation_logs;

-- unnest in the select list
select unnest(properties) as property from operation_logs;

-- a slice of an array
select (split(flow_tuple, ','))[1:3] as ends from tuples;

-- a power of two by **
select 2 ** bits as addresses from prefixes;

-- integer division by //
select bytes // 1024 as kilobytes from fct_flows;

-- a lambda with a colon
select list_transform(prefixes, lambda p: lower(p)) as lowered from vnets;

-- interval without quotes and with an expression
select event_at + interval (clock_tolerance) second as later from fct_flows;

-- CREATE OR REPLACE and IF NOT EXISTS together
create or replace table if not exists raw.flow_logs (record_key varchar);

-- hugeint is DuckDB's
create table counts (flows hugeint);

-- serial is Postgres's
create table runs (run_no serial primary key, started_at timestamp_ntz);

-- an index on an ordinary table
create index windows_by_address on windows using btree (nic_ip);

-- a partial unique index
create unique index one_open on windows (nic_ip) where window_end is null;

-- a materialized column
create table flows (event_at timestamp_ntz, hour timestamp_ntz generated always as (date_trunc('hour', event_at)) stored);

-- a table that is partitioned by range
create table flows (event_at timestamp_ntz) partition by range (event_at);

-- MERGE without ON
merge into fct_flows as target using changed as source when matched then delete;

-- MERGE with INSERT *
merge into fct_flows as target using changed as source on target.flow_id = source.flow_id when not matched then insert *;

-- WHEN NOT MATCHED BY SOURCE
merge into t using s on t.id = s.id when not matched by source then delete;

-- COPY from a file with parentheses of Postgres
copy raw.flow_logs from '/data/flows.csv' (format csv, header);

-- COPY TO
copy (select * from fct_flows) to 'flows.parquet' (format parquet);

-- COPY INTO with a type that is no file format
copy into landing.documents from @flow_logs file_format = (type = text);

-- a task without a body
create task land_documents warehouse = loading schedule = '10 minute';

-- a schedule in two words
create task land_documents warehouse = loading schedule = every 10 minutes as call landing.split_documents();

-- a stream on a query
create stream changed on (select * from raw.flow_logs);

-- ATTACH is DuckDB's
attach 'flows.duckdb' as flows;

-- PRAGMA is DuckDB's
pragma table_info('fct_flows');

-- FROM first
from fct_flows select flow_id where src_vm_id is null;

-- GROUP BY of an alias list in brackets
select nic_id, count(*) from windows group by [nic_id];

-- HAVING before GROUP BY
select nic_id, count(*) from windows having count(*) > 1 group by nic_id;

-- LIMIT before ORDER BY
select nic_id from windows limit 10 order by nic_id;

-- QUALIFY before WHERE
select nic_id from windows qualify row_number() over (partition by nic_id order by window_start) = 1 where vm_id is not null;

-- SUMMARIZE is DuckDB's
summarize fct_flows;

-- now() with a cast by two colons to a type of DuckDB
select now()::timestamp_s as moment;

-- a positional join
select a.x, b.y from a positional join b;

-- ASOF without MATCH_CONDITION
select flows.flow_id from flows asof join windows on flows.src_ip = windows.nic_ip and flows.event_at >= windows.window_start;
