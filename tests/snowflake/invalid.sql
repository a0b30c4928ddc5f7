-- Statements that Snowflake rejects, or reads otherwise than they are meant, although most of them run
-- on DuckDB or Postgres. Each stands under its reason.

-- FILTER on an aggregate
select vnet_id, count(*) filter (where is_captured) as captured from marts.fct_flows group by vnet_id;

-- DISTINCT ON
select distinct on (nic_id) nic_id, vm_id from marts.dim_nics order by nic_id, window_start desc;

-- the JSON arrow
select resource -> 'properties' as properties from raw.network_interfaces;

-- the JSON text arrow
select resource ->> 'id' as nic_id from raw.network_interfaces;

-- the JSON text arrow with a path
select event ->> '$.operationName' as operation from raw.operation_logs where event is not null;

-- two slashes start a comment: the division is gone, and so is the rest of the line
select run_no // 1000 as thousand
from state.runs;

-- a slice of a list
select split(flow_tuple, ',')[1:3] as parts from intermediate.int_flow_tuples;

-- a slice with an open end
select split(file_path, '/')[2:] as parts from raw.landed_files;

-- a list counted from its end
select split(file_path, '/')[-1] as file_name from raw.landed_files;

-- UNNEST
select flow from raw.flow_logs, unnest(vnet_flows) as u (flow);

-- UNNEST in a select list
select file_path, unnest(split(tuples, ';')) as flow_tuple from raw.flow_logs;

-- a lateral subquery under a left join with a condition
select f.flow_id, w.nic_id from marts.fct_flows as f
left join lateral (
    select nic_id from marts.dim_nic_ip_windows as w where w.nic_ip = f.src_ip limit 1
) as w on true;

-- a lateral subquery with a limit
select f.flow_id, w.nic_id from marts.fct_flows as f,
    lateral (select nic_id from marts.dim_nic_ip_windows as w where w.nic_ip = f.src_ip order by nic_id limit 1) as w;

-- a join on the output of FLATTEN: the comma binds looser than the join
select r.file_path, e.value from raw.flow_logs as r, lateral flatten(input => r.vnet_flows) as e
left join raw.landed_files as l on l.file_path = r.file_path;

-- FLATTEN with a join condition
select r.file_path from raw.flow_logs as r inner join lateral flatten(input => r.vnet_flows) as e on true;

-- FLATTEN as an outer join, in place of outer => true
select r.file_path from raw.flow_logs as r left join table(flatten(input => r.vnet_flows)) as e on e.index > 0;

-- a table function without TABLE or LATERAL
select value from flatten(input => parse_json('[1]'));

-- a table function in a select list
select flatten(input => vnet_flows) as e from raw.flow_logs;

-- a semi join
select f.flow_id from marts.fct_flows as f semi join marts.dim_nics as n on f.src_nic_id = n.nic_id;

-- an anti join
select f.flow_id from marts.fct_flows as f anti join marts.dim_nics as n on f.src_nic_id = n.nic_id;

-- a positional join
select a.x, b.y from a positional join b;

-- ASOF without MATCH_CONDITION
select f.flow_id, w.nic_id from marts.fct_flows as f
asof join marts.dim_nic_ip_windows as w on f.src_ip = w.nic_ip and f.event_at >= w.window_start;

-- ASOF LEFT JOIN
select f.flow_id, w.nic_id from marts.fct_flows as f
asof left join marts.dim_nic_ip_windows as w on f.src_ip = w.nic_ip and f.event_at >= w.window_start;

-- no type JSON
select cast(event as json) as event from raw.operation_logs;

-- no type HUGEINT
select sum(bytes)::hugeint as bytes from marts.fct_flows;

-- no unsigned types
select try_cast(src_port as usmallint) as src_port from intermediate.int_flow_tuples;

-- no type UBIGINT in a table
create table if not exists state.counters (name varchar, counted ubigint);

-- no list types
select cast(null as varchar[]) as addresses from raw.flow_logs;

-- no list types by two colons
select tags::text[] as tags from marts.dim_vms;

-- no STRUCT
create table state.shapes (shape struct(a integer, b varchar));

-- no ENUM
create type direction as enum ('inbound', 'outbound');

-- no type BLOB
create table state.blobs (name varchar, content blob);

-- no TIMESTAMP_MS
select file_modified_at::timestamp_ms as modified_at from raw.landed_files;

-- TIMESTAMPTZ with an AT TIME ZONE
select cast(event_at as timestamptz) at time zone 'UTC' as event_at from marts.fct_flows;

-- INT8 is Postgres's
create table state.numbers (n int8 not null);

-- BOOL is Postgres's
select is_captured::bool as is_captured from marts.fct_flows;

-- SERIAL
create table state.numbered (id serial primary key, name varchar);

-- an array constructor
select array[1, 2, 3] as numbers;

-- a list comprehension
select [x * 2 for x in numbers] as doubled from state.lists;

-- a lambda in DuckDB's words
select list_transform(split(parts, ','), lambda part: trim(part)) as parts from state.lists;

-- a struct literal and its field
select {'nic': nic_id, 'vm': vm_id}.nic as nic from marts.dim_nics;

-- a name before a value
select total: count(*) from marts.fct_flows;

-- COLUMNS
select max(columns(*)) from marts.rpt_match_rates;

-- EXCEPT in place of EXCLUDE
select * except (loaded_at) from raw.landed_files;

-- a star that is filtered by LIKE
select * like 'src_%' from marts.fct_flows;

-- an interval without quotes
select event_at + interval 5 minute as until from marts.fct_flows;

-- an interval of a column
select event_at + interval (clock_tolerance) second as until from marts.fct_flows;

-- a unit outside of the quotes
select event_at - interval '5' minute as since from marts.fct_flows;

-- a cast to an interval
select event_at - '5 minutes'::interval as since from marts.fct_flows;

-- the difference of two timestamps
select flow_id, window_end - event_at as left_over from marts.fct_flows where event_at - loaded_at > 0;

-- a timestamp taken from another
select to_timestamp_ntz('2026-01-01') - cast(started_at as timestamp_ntz) from state.runs;

-- a frame of groups
select sum(bytes) over (partition by vnet_id order by hour groups between 1 preceding and current row) from marts.rpt_match_rates;

-- a frame that leaves out its row
select sum(bytes) over (order by hour rows between 2 preceding and 2 following exclude current row) from marts.rpt_match_rates;

-- a named window
select lead(event_at) over w as next_at from marts.fct_flows window w as (partition by src_ip order by event_at);

-- counting distinct values so far
select count(distinct nic_id) over (partition by vnet_id order by event_at) as nics from intermediate.int_nic_observations;

-- a rank without an order
select row_number() over (partition by nic_id) as n from marts.dim_nics;

-- a window function without a window
select nic_id, lead(event_at) as next_at from intermediate.int_nic_observations;

-- a frame for a function that has none
select row_number() over (partition by nic_id order by event_at rows between unbounded preceding and current row) as n from intermediate.int_nic_observations;

-- a frame without an order
select sum(bytes) over (partition by vnet_id rows between unbounded preceding and unbounded following) as bytes from marts.rpt_match_rates;

-- QUALIFY without a window function
select nic_id from marts.dim_nics qualify nic_id is not null;

-- an aggregate with an order of its own
select array_agg(nic_id order by event_at) as nics from intermediate.int_nic_observations;

-- LISTAGG with its order inside
select listagg(nic_id, ',' order by nic_id) as nics from marts.dim_nics;

-- LISTAGG of distinct values in another order
select listagg(distinct nic_id, ',') within group (order by window_start) as nics from marts.dim_nics;

-- a correlated scalar subquery that is no aggregate
select f.flow_id, (select w.nic_id from marts.dim_nic_ip_windows as w where w.nic_ip = f.src_ip) as nic_id from marts.fct_flows as f;

-- a correlated scalar subquery with a limit
select f.flow_id from marts.fct_flows as f
where f.event_at > (select w.window_start from marts.dim_nic_ip_windows as w where w.nic_ip = f.src_ip order by 1 limit 1);

-- OR REPLACE and IF NOT EXISTS
create or replace table if not exists state.runs (run_no bigint);

-- INSERT OR REPLACE
insert or replace into state.runs (run_no) values (1);

-- INSERT OR IGNORE
insert or ignore into state.runs (run_no) values (1);

-- ON CONFLICT
insert into state.runs (run_no) values (1) on conflict (run_no) do nothing;

-- RETURNING
delete from state.runs where run_no = 1 returning run_no;

-- INSERT BY NAME
insert into marts.fct_flows by name select * from staging.new_flows;

-- a CTE before INSERT
with new_runs as (select 1 as run_no) insert into state.runs (run_no) select run_no from new_runs;

-- COPY to a file
copy (select * from marts.fct_flows) to 'flows.parquet' (format parquet);

-- COPY from a file
copy raw.landed_files from 'files.csv' (header true);

-- a file in place of a table
select * from 'raw/flows/*.parquet';

-- a function that reads files
select * from read_json_auto('raw/flows/*.json');

-- PRAGMA
pragma table_info('fct_flows');

-- SUMMARIZE
summarize marts.fct_flows;

-- DESCRIBE of a query
describe select * from marts.fct_flows;

-- FROM before SELECT
from marts.fct_flows select flow_id, event_at;

-- FROM alone
from marts.fct_flows;

-- a comma after the last grouped column
select vnet_id, nic_id, count(*) from marts.dim_nics group by vnet_id, nic_id,;

-- a comma after the last argument
select coalesce(nic_id, vm_id,) from marts.dim_nics;

-- a comma after the last column of a table
create table state.pairs (a integer, b integer,);

-- a share of the rows as a limit
select * from marts.fct_flows limit 10%;

-- a limit that is computed
select * from marts.fct_flows limit (select count(*) from state.runs);

-- PIVOT in DuckDB's words
pivot marts.rpt_match_rates on log_format using sum(flows) group by hour;

-- VALUES alone
values (1, 'a'), (2, 'b');

-- VALUES as a CTE
with pairs (a, b) as (values (1, 'a')) select a, b from pairs;

-- epoch_ms
select epoch_ms(event_at) as ms from marts.fct_flows;

-- make_timestamp_ms
select make_timestamp_ms(1770712796900) as event_at;

-- strftime
select strftime(event_at, '%Y-%m-%d') as day from marts.fct_flows;

-- strptime's format in Snowflake's function
select try_to_timestamp_ntz(event_time, '%Y-%m-%dT%H:%M:%S') as event_at from raw.flow_logs;

-- string_split
select string_split(flow_tuple, ',') as fields from intermediate.int_flow_tuples;

-- list
select list(nic_id) as nics from marts.dim_nics;

-- arg_max
select arg_max(vm_id, window_start) as vm_id from marts.dim_nics;

-- bool_or
select bool_or(is_captured) as any_captured from marts.fct_flows;

-- regexp_matches
select regexp_matches(nic_mac, '[0-9A-F]{12}') as is_mac from marts.dim_nics;

-- regexp_full_match
select regexp_full_match(nic_mac, '[0-9A-F]{12}') as is_mac from marts.dim_nics;

-- generate_series
select value from generate_series(1, 10);

-- now
select now() as at;

-- date_diff
select date_diff('hour', window_start, window_end) as hours from marts.dim_nics;

-- strlen of DuckDB
select strlen(nic_id) as n from marts.dim_nics;

-- json_extract_string
select json_extract_string(resource, '$.id') as id from raw.network_interfaces;

-- a function of a column by a dot
select nic_id.lower() as nic_id from marts.dim_nics;

-- IFF takes three arguments
select iff(is_captured, 'captured') as words from marts.fct_flows;

-- COALESCE of one
select coalesce(nic_id) as nic_id from marts.dim_nics;

-- COUNT of nothing
select count() as flows from marts.fct_flows;

-- SPLIT_PART without a part
select split_part(file_path, '/') as part from raw.landed_files;

-- NULLIF of one
select nullif(vm_id) as vm_id from marts.dim_nics;

-- the flags of regexp_replace in the place of its position
select regexp_replace(nic_mac, '[^0-9A-F]', '', 'g') as mac from marts.dim_nics;

-- a single backslash in a pattern
select regexp_replace(file_path, '\d+', '#') as path from raw.landed_files;

-- a single backslash before a group in a replacement
select regexp_replace(ip_hex, '(.{4})', '\1:') as groups from marts.dim_nics;

-- a lazy quantifier
select regexp_substr(file_path, 'y=.*?/') as year from raw.landed_files;

-- a look-ahead
select regexp_like(file_path, '(?!.*deleted).*') as is_kept from raw.landed_files;

-- a group that is not captured
select regexp_replace(file_path, '(?:/)+', '/') as path from raw.landed_files;

-- a reference to a group within the pattern
select regexp_like(nic_mac, '(..)\\1{5}') as is_same from marts.dim_nics;

-- a backslash that goes missing in LIKE
select file_path from raw.landed_files where file_path like 'm\_%';

-- a quoted name in small letters
select "flow_id" from marts.fct_flows;

-- a quoted alias in small letters
select flow_id as "flowId" from marts.fct_flows;

-- a text in double quotes
select flow_id from marts.fct_flows where action = "allowed";

-- backticks
select `flow_id` from marts.fct_flows;

-- a reserved word as a column
select start, event_at from marts.fct_flows;

-- a reserved word as an alias
select min(event_at) as start from marts.fct_flows;

-- a reserved word as a table
select * from state.trigger;

-- two equals signs
select flow_id from marts.fct_flows where src_port == 443;

-- the operator for powers
select 2 ^ 10 as n from state.runs;

-- the operator for patterns
select flow_id from marts.fct_flows where src_ip ~ '^10[.]';

-- SIMILAR TO
select flow_id from marts.fct_flows where src_ip similar to '10[.]%';

-- GLOB
select file_path from raw.landed_files where file_path glob '*.json';

-- bits by operators
select flags & 4 as flag from marts.fct_flows;

-- underscores in a number
select 1_000_000 as million;

-- NOTNULL
select nic_id from marts.dim_nics where vm_id notnull;

-- an escape string
select e'a\tb' as tabbed;

-- a part of a time that there is none of
select date_trunc('decade', event_at) as decade from marts.fct_flows;

-- a part of a time in DuckDB's words
select date_part('isodow', event_at) as dow from marts.fct_flows;

-- TRIM with FROM
select trim(both '/' from file_path) as path from raw.landed_files;

-- SUBSTRING with FROM
select substring(nic_mac from 1 for 6) as vendor from marts.dim_nics;

-- TRY_CAST of a number
select try_cast(1.5 as integer) as n;

-- TRY_CAST of a part of a VARIANT
select try_cast(resource['count'] as bigint) as n from raw.network_interfaces;

-- EXCEPT ALL
select nic_id from marts.dim_nics except all select nic_id from intermediate.int_nic_ends;

-- a CTE that is materialized by request
with nics as materialized (select nic_id from marts.dim_nics) select nic_id from nics;

-- ORDER BY ALL beside an aggregate
select vnet_id, count(*) as n from marts.dim_nics group by all order by all;

-- WHEN NOT MATCHED BY SOURCE
merge into marts.dim_nics as old using staging.nics as new on old.nic_id = new.nic_id
when not matched by source then delete;

-- a function in VALUES
insert into raw.operation_logs (event, file_path) values (parse_json('{}'), 'a.json');

-- DEFAULT VALUES
insert into state.counters default values;

-- a check constraint
create table state.spans (span_start timestamp_ntz, span_end timestamp_ntz, check (span_start < span_end));

-- an index
create index flows_by_time on marts.fct_flows (event_at);

-- a macro
create macro half(x) as x / 2;

-- a setting of DuckDB
set memory_limit = '4GB';

-- a setting of DuckDB that is no variable
set preserve_insertion_order = false;

-- ATTACH
attach 'flows.duckdb' as flows;

-- INSTALL
install inet;

-- VACUUM
vacuum marts.fct_flows;

-- EXPORT
export database 'folder';

-- USING SAMPLE
select * from marts.fct_flows using sample 10;

-- a column that is generated
create table state.sizes (size_bytes bigint, size_kib bigint generated always as (size_bytes / 1024) stored);

-- COPY INTO with an option that there is none of
copy into raw.documents from @raw.blobs file_format = (type = json) on_errors = continue;

-- COPY INTO with a value that there is none of
copy into raw.documents from @raw.blobs file_format = (type = json) on_error = ignore;

-- COPY INTO with a format that there is none of
copy into raw.documents from @raw.blobs file_format = (type = jsonl);

-- a file format with an option of another type
create file format raw.lines type = json field_delimiter = ',';

-- COPY INTO from a query with a condition
copy into raw.documents from (select $1, metadata$filename from @raw.blobs where $1 is not null) file_format = (type = json);

-- COPY INTO from a query with FLATTEN
copy into raw.flow_logs from (select f.value from @raw.blobs as b, lateral flatten(input => b.$1:records) as f) file_format = (type = json);

-- COPY INTO from a query, by the names of columns
copy into raw.documents from (select $1 from @raw.blobs) file_format = (type = json) match_by_column_name = case_insensitive;

-- a column of metadata that there is none of
select metadata$file_name from @raw.blobs;

-- a stage with an option that there is none of
create stage raw.blobs url = 'azure://account.blob.core.windows.net/logs' integration = azure_logs;

-- a stage with the URL that DuckDB takes
create stage raw.blobs url = 'az://logs' storage_integration = azure_logs;

-- a pipe that loads by INSERT
create pipe raw.flow_pipe auto_ingest = true as insert into raw.documents select $1 from @raw.blobs;

-- a pipe that removes what it has loaded
create pipe raw.flow_pipe auto_ingest = true integration = 'AZURE_EVENTS' as copy into raw.documents from @raw.blobs purge = true;

-- a task with a schedule that does not parse
create task landing.split warehouse = loading schedule = 'every 5 minutes' as call landing.split_documents();

-- a task that says WITH its statement before its condition
create task landing.split warehouse = loading schedule = '5 minute' as call landing.split_documents() when system$stream_has_data('landing.new');

-- a storage integration without its tenant
create storage integration azure_logs type = external_stage storage_provider = 'AZURE' enabled = true
storage_allowed_locations = ('azure://account.blob.core.windows.net/logs/');

-- a grant that there is none of
grant read on schema marts to role reader;

-- a procedure with an invalid statement in it
create or replace procedure landing.forget() returns varchar language sql as
$$
begin
    delete from raw.landed_files where epoch_ms(loaded_at) < 0;
    return 'done';
end;
$$;

-- ANY of a list
select flow_id from marts.fct_flows where dst_port = any([22, 3389]);

-- a recursive CTE with UNION
with recursive reached (vnet_id) as (
    select 'hub' union select peers.peer_id from reached inner join marts.peers as peers on peers.vnet_id = reached.vnet_id
)
select vnet_id from reached;

-- an interval that is multiplied
select event_at + retries * interval '1 minute' as until from marts.fct_flows;

-- an interval by itself
select interval '1 hour' as span from state.runs;

-- a share of the rows, from the top
select top 10 percent flow_id from marts.fct_flows;

-- two tables dropped at once
drop table if exists staging.old_nics, staging.old_vms;

-- an aggregate in the order of a group that it does not look at
select min(nic_id) within group (order by event_at) as first_nic from marts.dim_nics;

-- a pipe that is no COPY
create pipe raw.flow_pipe as select $1 from @raw.flow_blobs;

-- the parts of a time at the end
select datediff(window_start, window_end, 'hour') as hours from marts.dim_nics;

-- a map in DuckDB's words
select map {'nic': nic_id} as ids from marts.dim_nics;

-- too many digits
select cast(bytes as decimal(40, 2)) as bytes from marts.fct_flows;

-- a text without a size
create table state.names (name varchar(max));

-- a value that has a default, from Postgres
create table state.keys (id varchar default gen_random_uuid());

-- the hour of a TRY_CAST
select try_cast(length(nic_id) as varchar) as n from marts.dim_nics;

-- a hook that empties two tables
truncate table state.answers_before cascade;

-- a time as a text, by the session's format
select 'sighting ' || cast(seen_at as varchar) as evidence from intermediate.int_sightings;

-- a time as a text, without a cast
select 'sighting ' || first_seen_at as evidence from intermediate.int_sightings;

-- a time as a text, without a format
select to_varchar(first_seen_at) as evidence from intermediate.int_sightings;

-- the hash of a snapshot, with the latest run's time in it
select md5(fact_key || '|' || cast((select max(r.started_at) from state.runs as r) as varchar)) as id from staging.facts;

-- a function of DuckDB's in a block
execute immediate $$ begin begin transaction; insert into marts.dim_nics select list_sort(ids) from staging.ids; commit; end; $$;

-- the first VM, which may be null
select min_by(case when is_attachment then vm_id end, run_no) as vm_id from marts.dim_nics;

-- the latest name, where the latest row may have none
select max_by(vm_name, last_seen_at) as vm_name from marts.dim_vms group by vm_id;

-- the first name, by an order that says another one is known
select min_by(vm_name, case when vm_id is not null then run_no end) as vm_name from marts.dim_vms;

-- a snapshot that inserts whole rows
merge into history.windows as old using staging.windows as new on old.dbt_scd_id = new.dbt_scd_id
when not matched then insert *;

-- a snapshot that updates by name
merge into history.windows as old using staging.windows as new on old.dbt_scd_id = new.dbt_scd_id
when matched then update set *;

-- the last value so far, by the standard's default frame
select last_value(vm_id) over (partition by nic_id order by event_at) as vm_id from intermediate.int_nic_timeline;

-- an incremental model that looks its bound up for each row
select flow_id from marts.fct_flows as f
where f.event_at > (select r.completed_at from state.runs as r where r.run_no = f.run_no);

-- a stage in a COPY without its sign
copy into raw.documents from raw.flow_blobs_stage/2026 file_format = (type = json);

-- a task that is started by another word
alter task landing.split start;

-- a warehouse with a size that there is none of
create warehouse loading warehouse_size = tiny;

-- a function's argument by two signs
select parse_json(input := '{}') as j;

-- EXPLAIN ANALYZE
explain analyze select * from marts.fct_flows;

-- FOR UPDATE
select run_no from state.runs for update skip locked;

-- a DO block
do $$ begin null; end $$;

-- an aggregate in WHERE
select file_path from raw.landed_files where max(loaded_at) > '2026-01-01' group by file_path;

-- an aggregate in the condition of a join
select a.run_no from state.runs as a inner join state.runs as b on a.run_no = max(b.run_no) group by a.run_no;

-- an aggregate of an aggregate
select max(count(*)) as most from raw.landed_files group by raw_table;

-- a window function in WHERE
select file_path from raw.landed_files where row_number() over (order by loaded_at) = 1;

-- a window function in an aggregate
select sum(row_number() over (order by loaded_at)) as total from raw.landed_files;

-- a window function in a window function
select lag(row_number() over (order by loaded_at)) over (order by file_path) as before from raw.landed_files;

-- a column that is not grouped by
select file_path, raw_table, count(*) as files from raw.landed_files group by file_path;

-- a column beside an aggregate of everything
select file_path, max(loaded_at) as last_at from raw.landed_files;

-- grouped by what an aggregate is called
select max(loaded_at) as last_at from raw.landed_files group by last_at;

-- an order in the OVER of LISTAGG
select
    listagg(file_path, ',') within group (order by file_path)
        over (partition by raw_table order by loaded_at) as paths
from raw.landed_files;

-- IGNORE NULLS before the last argument
select lag(etag ignore nulls, 1) over (order by loaded_at) as before from raw.landed_files;

-- a union of two columns with one
select file_path, raw_table from raw.landed_files union all select file_path from raw.landed_files;

-- more values than columns
insert into raw.warehouse_version (version) select 1, 2;

-- more columns than were named for a new table
create table state.x (a bigint) as select 1 as a, 2 as b;

-- a column that a CTE has not
with landed as (select file_path from raw.landed_files) select landed.file_name from landed;

-- a column that a subquery has not
select newest.loaded_at from (select max(loaded_at) as last_at from raw.landed_files) as newest;

-- a column that is set twice
update raw.landed_files set row_count = 1, row_count = 2 where file_path = 'a';

-- two primary keys
create table state.x (a bigint primary key, b bigint primary key);

-- a sum of booleans
select sum(row_count > 1) as files from raw.landed_files;

-- a boolean that is added to
select max(row_count > 1) + 1 as files from raw.landed_files;

-- texts that are added
select 'a' + 'b' as text;

-- a text in the place of a VARIANT
select is_array('[1]') as is_list;

-- FLATTEN of a text
select part.value from lateral flatten(input => 'a,b') as part;

-- a time that is cast to a number
select cast(loaded_at as bigint) as seconds from raw.landed_files;

-- a time zone that there is none of
select convert_timezone('UTC+2', loaded_at) as local_at from raw.landed_files;

-- a scale beyond nanoseconds
select to_timestamp_ntz(1770712796900, 12) as event_at;

-- a text longer than there are
create table state.x (a varchar(200000000));

-- more places behind the point than there are
create table state.x (a number(5, 10));

-- a materialized view on a join
create materialized view state.x as
select a.file_path from raw.landed_files as a inner join raw.flow_logs as b on a.file_path = b.file_path;

-- a size that there is no warehouse of
create warehouse x warehouse_size = tiny;

-- a task of a size that there is none of
create task landing.t user_task_managed_initial_warehouse_size = 'tiny' schedule = '10 minutes' as select 1;

-- a switch that is neither on nor off
create file format landing.f type = csv skip_byte_order_mark = yes;

-- a task with a schedule that comes after another one
create task landing.t warehouse = loading schedule = '10 minutes' after landing.load_documents as call landing.split_documents();

-- a subquery in COPY
copy into landing.documents (raw_table) from (select (select 'a') from @landing.collect) file_format = (type = csv);

-- an argument by a name that there is none of
select part.value from t, lateral flatten(inputs => t.v) as part;

-- a handler of nothing known
create procedure landing.p() returns varchar language sql as $$ begin select 1; exception when others then raise; end; $$;

-- a body without its end
create procedure landing.p() returns varchar language sql as $$ begin select 1; return 'a'; $$;

-- a statement that is misspelt in a body
create procedure landing.p() returns varchar language sql as $$ begin select 1; rolback; return 'a'; end; $$;

-- a variable that nobody declared
create procedure landing.p() returns varchar language sql as $$ begin delete from t where a = :x; return 'a'; end; $$;

-- an error's message in SQL
create procedure landing.p() returns varchar language sql as $$
begin
    delete from t;
    return 'a';
exception
    when other then
        insert into errors select sqlerrm;
end;
$$;

-- a semicolon that is missing in a body
create procedure landing.p() returns varchar language sql as $$ begin return 'a' exception when other raise; end; $$;

-- a loop over no cursor
create procedure landing.p() returns varchar language sql as $$ begin for r in c do delete from t; end for; return 'a'; end; $$;

-- a condition without parentheses
create procedure landing.p() returns varchar language sql as $$ declare n integer; begin while n > 0 do n := n - 1; end while; return 'a'; end; $$;
