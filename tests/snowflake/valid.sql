-- Statements that Snowflake takes, and that the gate must let pass. Each stands under what it shows.

-- a role and who has it
create role if not exists loader comment = 'writes raw tables';

-- a role for a role
grant role loader to role sysadmin;

-- a warehouse
create warehouse if not exists loading warehouse_size = xsmall auto_suspend = 60 auto_resume = true initially_suspended = true;

-- a database
create database if not exists azure_flows;

-- a schema
create schema if not exists azure_flows.raw with managed access;

-- which role
use role loader;

-- which database
use database azure_flows;

-- which warehouse
use warehouse loading;

-- a session's setting
alter session set timezone = 'UTC';

-- a variable
set storage_account = 'mylogs';

-- the use of a database
grant usage on database azure_flows to role transformer;

-- all tables there are
grant select on all tables in schema azure_flows.raw to role transformer;

-- all tables to come
grant select on future tables in schema azure_flows.raw to role transformer;

-- making tables
grant create table, create view on schema azure_flows.marts to role transformer;

-- Azure's storage
create storage integration if not exists azure_logs
type = external_stage
storage_provider = 'AZURE'
enabled = true
azure_tenant_id = '00000000-0000-0000-0000-000000000000'
storage_allowed_locations = ('azure://account.blob.core.windows.net/insights-logs-flowlogflowevent/');

-- Azure's queue
create notification integration if not exists azure_events
enabled = true
type = queue
notification_provider = azure_storage_queue
azure_storage_queue_primary_uri = 'https://account.queue.core.windows.net/events'
azure_tenant_id = '00000000-0000-0000-0000-000000000000';

-- what an integration is called in Azure
describe storage integration azure_logs;

-- a stage
create stage if not exists raw.flow_blobs
url = 'azure://account.blob.core.windows.net/insights-logs-flowlogflowevent/'
storage_integration = azure_logs
file_format = (type = json);

-- a stage with a directory
create or replace stage raw.blobs
url = 'azure://account.blob.core.windows.net/logs/'
storage_integration = azure_logs
directory = (enable = true);

-- a format for JSON
create file format if not exists raw.json_documents type = json compression = auto strip_outer_array = false;

-- a format for whole files
create or replace file format raw.whole_files type = csv field_delimiter = none record_delimiter = none;

-- what lies in a stage
list @raw.flow_blobs pattern = '.*PT1H[.]json';

-- files as they lie
select $1:records as records, metadata$filename as file_path from @raw.flow_blobs (file_format => 'raw.json_documents', pattern => '.*PT1H[.]json') as blobs;

-- loading a column
copy into raw.documents from @raw.flow_blobs file_format = (format_name = 'raw.json_documents') on_error = skip_file;

-- loading with what is known of the file
copy into raw.documents (document, file_path, file_row, etag, file_modified_at, loaded_at)
from (
    select $1, metadata$filename, metadata$file_row_number, metadata$file_content_key,
        metadata$file_last_modified::timestamp_ntz, metadata$start_scan_time::timestamp_ntz
    from @raw.flow_blobs
)
file_format = (type = json)
pattern = '.*PT1H[.]json'
on_error = continue;

-- a pipe
create pipe if not exists raw.flow_pipe
auto_ingest = true
integration = 'AZURE_EVENTS'
as
copy into raw.documents from (select $1, metadata$filename from @raw.flow_blobs) file_format = (type = json);

-- files that came before the pipe
alter pipe raw.flow_pipe refresh prefix = 'resourceId=/' modified_after = '2026-01-01T00:00:00-00:00';

-- how a pipe fares
select system$pipe_status('raw.flow_pipe') as status;

-- a stream
create stream if not exists landing.new_documents on table raw.documents append_only = true;

-- a stream's columns
select document, metadata$action, metadata$isupdate, metadata$row_id from landing.new_documents;

-- a task
create or replace task landing.split
warehouse = loading
schedule = '5 minute'
when system$stream_has_data('landing.new_documents')
as
call landing.split_documents();

-- a task by the clock
create task if not exists landing.tidy schedule = 'using cron 0 3 * * * UTC' as delete from raw.landed_files where file_path is null;

-- a task that starts
alter task landing.split resume;

-- a table
create table if not exists raw.flow_logs (
    record_key varchar not null,
    flows variant,
    flow_offset bigint not null default 0,
    document varchar(16777216),
    ratio number(38, 10),
    is_whole boolean,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ltz not null default current_timestamp()
);

-- a table from a query
create or replace transient table marts.dim_nics as (
    with nics as (select nic_id, vm_id from staging.nics) select * from nics
);

-- a temporary table
create or replace temporary table marts.fct_flows__dbt_tmp as (select * from intermediate.int_flow_ends);

-- a view
create or replace view staging.nics (nic_id, resource) as select resource['id']::varchar, resource from raw.network_interfaces;

-- a column that is added
alter table raw.flow_logs add column if not exists etag varchar;

-- a clustered table
alter table marts.fct_flows cluster by (to_date(event_at), src_ip);

-- a comment
comment on column marts.fct_flows.flow_id is 'names the flow';

-- what there is
show terse schemas in database azure_flows limit 10000;

-- what there is in a schema
show objects in azure_flows.marts limit 10000;

-- functions of a user
show user functions in azure_flows.marts;

-- columns
describe table azure_flows.marts.fct_flows;

-- a transaction begins
begin transaction;

-- and ends
commit;

-- MERGE as a snapshot does it
merge into history.windows as dbt_internal_dest
using history.windows__dbt_tmp as dbt_internal_source
    on dbt_internal_source.dbt_scd_id = dbt_internal_dest.dbt_scd_id
when matched and dbt_internal_dest.dbt_valid_to is null and dbt_internal_source.dbt_change_type in ('update', 'delete')
    then update set dbt_valid_to = dbt_internal_source.dbt_valid_to
when not matched and dbt_internal_source.dbt_change_type = 'insert'
    then insert ("NIC_ID", "DBT_SCD_ID") values ("NIC_ID", "DBT_SCD_ID");

-- INSERT from a query with a CTE
insert into raw.documents (document, file_path)
with pieces as (select document, file_path from landing.new_documents)
select document, file_path from pieces;

-- INSERT of constants
insert into reference.protocols (protocol, protocol_name) values (6, 'tcp'), (17, 'udp');

-- INSERT in place of all
insert overwrite into reference.protocols (protocol, protocol_name) values (6, 'tcp');

-- UPDATE from another table
update state.runs set completed_at = ended.at from state.ends as ended where ended.run_no = runs.run_no;

-- DELETE with another table
delete from raw.documents using raw.landed_files as landed where documents.file_path = landed.file_path;

-- a part of a VARIANT, by colon and by bracket
select resource:properties.ipConfigurations[0].id::varchar as id, resource['properties']['vmId']::varchar as vm_id, resource:"odd key" as odd from raw.network_interfaces;

-- FLATTEN beside a table
select r.file_path, f.index, f.value:mac::varchar as mac from raw.flow_logs as r, lateral flatten(input => r.flows, outer => true) as f;

-- FLATTEN of FLATTEN, then a join around it
select flattened.file_path, landed.loaded_at
from (
    select r.file_path, g.value as flow_group from raw.flow_logs as r,
        lateral flatten(input => r.flows) as f,
        lateral flatten(input => f.value:groups) as g
) as flattened
left join raw.landed_files as landed on flattened.file_path = landed.file_path;

-- FLATTEN as a join
select e.value from raw.flow_logs as r cross join lateral flatten(input => r.flows) as e;

-- FLATTEN as a table
select value from table(flatten(input => parse_json('[1, 2]')));

-- numbers
select n.value::bigint as n from state.runs, lateral flatten(input => array_generate_range(0, 10)) as n;

-- a lateral inline view
select v.vnet_id, n.nic_id from marts.vnets as v, lateral (select nic_id from marts.dim_nics as d where d.vnet_id = v.vnet_id) as n;

-- ASOF
select f.flow_id, w.nic_id from marts.fct_flows as f
asof join marts.dim_nic_ip_windows as w match_condition (f.event_at >= w.window_start) on f.src_ip = w.nic_ip;

-- QUALIFY
select nic_id, vm_id from marts.dim_nics qualify row_number() over (partition by nic_id order by window_start desc) = 1;

-- QUALIFY by a column
select nic_id, row_number() over (partition by nic_id order by window_start) as n from marts.dim_nics qualify n = 1;

-- the last value there was
select last_value(vm_id) ignore nulls over (partition by nic_id order by event_at rows between unbounded preceding and current row) as vm_id from intermediate.int_nic_timeline;

-- the same with the words inside
select lag(vm_id ignore nulls) over (partition by nic_id order by event_at) as vm_id from intermediate.int_nic_timeline;

-- a sum so far
select sum(bytes) over (partition by src_ip order by event_at rows unbounded preceding) as bytes from marts.fct_flows;

-- a frame of time
select count(*) over (partition by src_ip order by event_at range between interval '1 hour' preceding and current row) as flows from marts.fct_flows;

-- a count of distinct values
select vnet_id, count(distinct nic_id) over (partition by vnet_id) as nics from marts.dim_nics;

-- LISTAGG
select listagg(distinct nic_id, ', ') within group (order by nic_id) as nics from marts.dim_nics;

-- a time as a text
select 'sighting ' || to_varchar(first_seen_at, 'YYYY-MM-DD HH24:MI:SS.FF6') as evidence from intermediate.int_sightings;

-- the value at the largest
select max_by(coalesce(vm_id, ''), window_start) as vm_id, min_by(vm_id, case when (vm_id) is not null and is_current then window_start end) as first_vm_id from marts.dim_nics group by nic_id;

-- the value at the largest, by an order that ends with the value
select max_by(vm_name, cast(file_row as varchar) || ' ' || vm_name) as vm_name from marts.dim_vms group by vm_id;

-- GROUP BY ALL
select vnet_id, count(*) as nics from marts.dim_nics group by all order by nics desc nulls last;

-- ORDER BY ALL
select vnet_id, nic_id from marts.dim_nics order by all;

-- a union, by name too
select nic_id from a union distinct select nic_id from b union all by name select nic_id from c;

-- EXCEPT and MINUS
(select nic_id from a except select nic_id from b) minus select nic_id from c;

-- stars with less, and with more
select n.* exclude (loaded_at), * exclude vm_id, * replace (lower(nic_id) as nic_id), * rename (nic_id as id) from marts.dim_nics as n;

-- nulls that are the same
select flow_id from marts.fct_flows where src_vm_id is not distinct from dst_vm_id;

-- a time that comes later
select event_at + interval '5 minutes, 3 seconds' as until, dateadd(hour, 1, event_at) as later, dateadd('hour', -1, event_at) as sooner from marts.fct_flows;

-- times between, and a day
select datediff(second, window_start, window_end) as seconds, date_trunc('hour', window_start) as hour, date '2026-01-01' + 1 as day from marts.dim_nics;

-- the parts of a time
select extract(hour from event_at) as hour, date_part(epoch_second, event_at) as epoch, date_part('epoch_millisecond', event_at) as ms from marts.fct_flows;

-- text to time
select to_timestamp_ntz('1770712796900', 3) as event_at, try_to_timestamp_ntz(t, 'MM/DD/YYYY HH12:MI:SS AM') as us, convert_timezone('UTC', try_to_timestamp_tz(t))::timestamp_ntz as at_utc from raw.times;

-- where a text is
select position('a' in nic_id) as by_in, position(substr(hex, 1, 1) in '0123456789abcdef') as by_text, position('a', nic_id) as by_comma from marts.dim_nics;

-- patterns with backslashes, in each way
select regexp_replace(t, '(\\d+)[.]', '\\1:') as a, regexp_substr(t, $$\d+$$) as b, regexp_like(t, '[0-9A-F]{12}', 'i') as c, t rlike '.*[.]json' as d, split(t, '\t') as e from raw.texts;

-- casts that may fail
select try_cast(src_port as integer) as src_port, try_cast(resource['count']::varchar as bigint) as n, cast(n as number(38, 0)) as whole, t::double as d from raw.texts;

-- arrays and objects
select [1, 2, 3] as list, {'a': 1, 'b': null} as object, list[0] as first from marts.dim_nics;

-- subqueries: correlated and not
select f.flow_id, (select max(w.window_start) from marts.dim_nic_ip_windows as w where w.nic_ip = f.src_ip) as since, (select run_no from state.runs limit 1) as run_no
from marts.fct_flows as f
where exists (select 1 from marts.dim_nics as n where n.nic_id = f.src_nic_id)
    and f.src_ip not in (select nic_ip from state.ignored)
    and (f.src_ip, f.dst_ip) in (select src_ip, dst_ip from state.pairs);

-- a recursive CTE
with recursive counted (n) as (select 1 union all select n + 1 from counted where n < 10) select n from counted;

-- VALUES as a table
select pairs.a, column1 from (values (1, 'a'), (2, 'b')) as pairs (a, b) cross join (select column1 from values (3));

-- constants in a select list
select iff(vm_id is null, 'none', 'one') as vms, coalesce(vm_id, nic_id, '') as id, nullif(vm_id, '') as vm_id from marts.dim_nics;

-- groups of groups
select vnet_id, nic_id, count(*) as n from marts.dim_nics group by grouping sets ((vnet_id), (vnet_id, nic_id), ());

-- how it was
select nic_id from marts.dim_nics at (offset => -3600);

-- a share of the rows
select flow_id from marts.fct_flows tablesample bernoulli (10);

-- comments of all kinds
select 1 as n -- the rest of the line
/* and
   a block */;

-- a text with everything in it
select 'it''s // -- /* no comment */ a ; text' as t, $$also ' a text$$ as u;

-- a procedure
create or replace procedure landing.tidy() returns varchar language sql execute as owner as
$$
begin
    begin transaction;
    -- what nobody needs
    delete from raw.landed_files where file_path is null;
    insert into state.runs (run_no) select coalesce(max(run_no), 0) + 1 from state.runs;
    commit;
    return 'done';
exception
    when other then
        rollback;
        raise;
end;
$$;

-- calling it
call landing.tidy();

-- what failed to load
select file_name, status, first_error_message
from table(information_schema.copy_history(table_name => 'landing.documents', start_time => dateadd(day, -1, current_timestamp())))
where contains(lower(stage_location), 'flow_logs') and lower(status) in ('load failed', 'partially loaded');

-- a user without a password
create user if not exists azure_flows_loader type = service default_role = loader timezone = 'UTC' rsa_public_key = 'MIIB';

-- a role for a user
grant role loader to user azure_flows_loader;

-- a schema changes hands
grant ownership on schema azure_flows.raw to role loader copy current grants;

-- a limit of credits
create resource monitor if not exists azure_flows
with credit_quota = 100 frequency = monthly start_timestamp = immediately
triggers on 75 percent do notify on 100 percent do suspend;

-- a task after a task
create task if not exists landing.split_documents warehouse = loading after landing.load_documents as call landing.split_documents();

-- every option of a format for whole files
create file format if not exists landing.whole_file
type = csv compression = auto record_delimiter = none field_delimiter = none escape = none
escape_unenclosed_field = none field_optionally_enclosed_by = none trim_space = false
skip_blank_lines = false null_if = () empty_field_as_null = false replace_invalid_characters = false
skip_byte_order_mark = true encoding = 'UTF8';

-- rows of values as objects
select file_path, object_agg(name, value) as resource, md5(to_json(object_agg(name, value))) as row_key from landing.cells group by file_path;

-- sizes and times
select bit_length(coalesce(document, '')) / 8 as size_bytes, array_size(elements) as elements, sysdate() as loaded_at from landing.new_documents;

-- texts, backwards and again and again
select reverse(split_part(reverse(hex), ':', 1)) as last_group, repeat('0', 32 - length(hex)) as zeros from staging.addresses;

-- an aggregate of a window's rows, and a window over aggregates
select raw_table, sum(count(*)) over () as files from raw.landed_files group by raw_table;

-- an aggregate in a subquery of WHERE
select file_path from raw.landed_files where loaded_at = (select max(loaded_at) from raw.landed_files);

-- grouped by an expression, by a place and by a name
select
    date_trunc('hour', loaded_at) as hour,
    lower(raw_table),
    left(file_path, 1) as first_letter,
    date_part(hour, date_trunc('hour', loaded_at)) as hour_of_day,
    max(row_count) as most
from raw.landed_files
group by date_trunc('hour', loaded_at), 2, first_letter;

-- an aggregate that is called as its column
select raw_table, max(loaded_at) as loaded_at from raw.landed_files group by raw_table;

-- a name of the select list in itself
select row_count + 1 as more, more * 2 as twice, max(more) over () as most from raw.landed_files;

-- names of a CTE's columns
with t (a, b) as (select 1, 2) select t.a, t.b from t;

-- QUALIFY of an aggregate's window
select raw_table, count(*) as n from raw.landed_files group by raw_table qualify row_number() over (order by count(*) desc) = 1;

-- a recursive CTE with names of its columns
with recursive reached (vnet_id) as (
    select 'hub'
    union all
    select peers.peer_id from reached inner join marts.peers as peers on reached.vnet_id = peers.vnet_id
)
select reached.vnet_id from reached;

-- files of a stage
select relative_path, size from directory(@landing.collect);

-- a procedure with all that the set-up's have
create or replace procedure landing.p(most integer)
returns varchar
language sql
execute as caller
as
$$
declare
    n integer default 1;
    reason varchar;
    query varchar;
    each_file cursor for select file_path from raw.landed_files order by file_path;
begin
    begin transaction;
    update t set a = :most;
    commit;
    select count(*) into :n from t where a = ':most';
    for file in each_file do
        query := 'delete from t where a = 1';
        execute immediate query;
    end for;
    while (n > 0) do
        n := n - 1;
    end while;
    repeat
        begin
            call landing.q(:n, 'x');
        exception
            when other then
                reason := sqlerrm;
                if (n > 1) then
                    n := floor(n / 2);
                elseif (n = 1) then
                    insert into errors select :reason;
                else
                    raise;
                end if;
        end;
    until (n = 0)
    end repeat;
    return 'done: ' || n;
exception
    when other then
        rollback;
        raise;
end;
$$;
