-- Statements that Snowflake refuses, written after semantics.py and scripting.py were finished, by their
-- author, who knew the rules. Never tune the gate to this file: what it misses is the measure.

-- an aggregate in the condition of an UPDATE
update raw.landed_files set row_count = 0 where row_count = max(row_count);

-- an aggregate in a DELETE
delete from raw.landed_files where loaded_at < min(loaded_at);

-- HAVING on a column that is neither grouped by nor aggregated
select raw_table, count(*) as files from raw.landed_files group by raw_table having file_path like 'a%';

-- ORDER BY a column that is not grouped by
select raw_table, count(*) as files from raw.landed_files group by raw_table order by file_path;

-- QUALIFY without any window
select file_path from raw.landed_files qualify count(*) > 1;

-- a place in ORDER BY beyond the select list
select file_path, raw_table from raw.landed_files order by 3;

-- a place in GROUP BY beyond the select list
select raw_table, count(*) as files from raw.landed_files group by 1, 5;

-- a MERGE whose INSERT names more columns than it gives
merge into raw.landed_files as t using state.x as s on t.file_path = s.file_path
when not matched then insert (file_path, raw_table) values (s.file_path);

-- a MERGE that inserts where it matched
merge into raw.landed_files as t using state.x as s on t.file_path = s.file_path
when matched then insert (file_path) values (s.file_path);

-- a MERGE without any action
merge into raw.landed_files as t using state.x as s on t.file_path = s.file_path;

-- rows of VALUES of unequal length
select column1, column2 from values (1, 'a'), (2);

-- EXCEPT of two columns with one
select file_path, raw_table from raw.landed_files except select file_path from raw.flow_logs;

-- IN with a subquery of two columns
select file_path from raw.landed_files where file_path in (select file_path, raw_table from raw.rejected_records);

-- a scalar subquery of two columns
select (select max(run_no), min(run_no) from state.runs) as runs;

-- a CTE that is named twice
with a as (select 1 as x), a as (select 2 as x) select a.x from a;

-- a table alias that is used twice
select a.file_path from raw.landed_files as a inner join raw.flow_logs as a on a.file_path = a.file_path;

-- a column of an alias that is not there
select b.file_path from raw.landed_files as a;

-- a column of a CTE of a CTE that it has not
with a as (select file_path as path from raw.landed_files), b as (select a.path from a) select b.file_path from b;

-- a column in CREATE TABLE twice
create table state.x (a bigint, b varchar, a varchar);

-- NOT NULL of a view's column
create view state.v (a not null) as select 1;

-- a table without columns
create table state.x ();

-- a default of another type
create table state.x (a timestamp_ntz default true);

-- a negative size
create table state.x (a varchar(-1));

-- average of a text
select avg('a') as mean;

-- a text that is multiplied
select 'a' * 'b' as product;

-- NOT of a number's text
select not 'maybe' || 'x' as no;

-- abs of a boolean
select abs(row_count > 1) as n from raw.landed_files;

-- dateadd to a boolean
select dateadd('day', 1, true) as next_day;

-- upper with two arguments
select upper(file_path, raw_table) as u from raw.landed_files;

-- an array as a condition
select file_path from raw.landed_files where [1, 2];

-- PARTITION BY in a plain SELECT
select file_path from raw.landed_files partition by raw_table;

-- a frame that ends before it starts
select sum(row_count) over (order by loaded_at rows between current row and 1 preceding) as s from raw.landed_files;

-- a frame from unbounded following
select sum(row_count) over (order by loaded_at rows between unbounded following and current row) as s from raw.landed_files;

-- a CASE without an END
select case when row_count > 1 then 'many' else 'one' as size from raw.landed_files;

-- a CASE without a WHEN
select case row_count else 'one' end as size from raw.landed_files;

-- a warehouse that suspends after a text
create warehouse w warehouse_size = small auto_suspend = 'soon';

-- a resource monitor with an unknown action
create resource monitor m with credit_quota = 10 triggers on 100 percent do stop;

-- a resource monitor with an unknown frequency
create resource monitor m with credit_quota = 10 frequency = hourly start_timestamp = immediately;

-- a cron schedule of four fields
create task landing.t warehouse = loading schedule = 'using cron 10 * * * UTC' as select 1;

-- a grant to nobody
grant usage on database azure_flows;

-- a grant of a privilege that a task has not
grant select on task landing.load_documents to role reader;

-- resuming a table
alter table raw.landed_files resume;

-- a stage at an address without a scheme
create stage landing.s url = 'mylogs.blob.core.windows.net/c/';

-- a procedure that returns in no language there is
create procedure landing.p() returns varchar language plpgsql as $$ begin return 'a'; end; $$;

-- ELSE IF in Scripting
create procedure landing.p() returns varchar language sql as $$ declare n integer; begin n := 1; if (n = 1) then return 'a'; else if (n = 2) then return 'b'; end if; return 'c'; end; $$;

-- a variable that is assigned by an equals sign
create procedure landing.p() returns varchar language sql as $$ declare n integer; begin n = 1; return 'a'; end; $$;

-- a loop that is closed as another one
create procedure landing.p() returns varchar language sql as $$ declare n integer; begin n := 1; while (n > 0) do n := 0; end loop; return 'a'; end; $$;

-- two handlers of one block
create procedure landing.p() returns varchar language sql as $$ begin return 'a'; exception when other then raise; exception when other then raise; end; $$;

-- a faulty statement in a handler
create procedure landing.p() returns varchar language sql as $$ begin delete from t; return 'a'; exception when other then insert into e select max(count(*)) from t; end; $$;

-- a variable of an unknown type
create procedure landing.p() returns varchar language sql as $$ declare n whole; begin n := 1; return 'a'; end; $$;
