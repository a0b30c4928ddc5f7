-- Brings new and grown files into landing.documents, and notes those that could not be loaded.
--
-- COPY INTO, not Snowpipe: a PT1H.json grows all through its hour, and Snowpipe passes over a file whose
-- name it has loaded, changed or not. COPY INTO loads a file again whose checksum is another one.
use role loader;
use database azure_flows;

-- The COPY of each source, as it is run. `skip_file`: the other files must go on, and the one that
-- cannot be loaded is tried again.
create or replace view landing.load_statements as
select
    stage,
    raw_table,
    replace(replace(replace(replace(
        'copy into landing.documents (
            raw_table, file_path, document, file_modified_at, etag, scanned_at
        )
        from (
            select
                ''{raw_table}'',
                ''{folder}'' || metadata$filename,
                $1,
                metadata$file_last_modified,
                metadata$file_content_key,
                convert_timezone(''UTC'', metadata$start_scan_time)::timestamp_ntz
            from @{stage}
        )
        file_format = (format_name = ''landing.whole_file'')
        pattern = ''{pattern}''
        on_error = skip_file',
        '{raw_table}', raw_table
    ), '{folder}', replace(folder, '''', '''''')), '{stage}', stage
    ), '{pattern}', replace(pattern, '''', '''''')) as copy_statement
from landing.sources;

-- As the caller: the load history shows what that role may see.
create or replace procedure landing.load_documents()
returns varchar
language sql
execute as caller
as
$$
declare
    statement_text varchar;
    source_stage varchar;
    source_table varchar;
    reason varchar;
    each_source cursor for
        select stage, raw_table, copy_statement
        from landing.load_statements
        order by stage, raw_table;
begin
    -- A container that is not there, or may not be read, does not keep the others from being read.
    -- The split tells it in raw.rejected_records, where a gate finds it.
    for source in each_source do
        source_stage := source.stage;
        source_table := source.raw_table;
        statement_text := source.copy_statement;
        begin
            execute immediate statement_text;

            delete from landing.failed_sources
            where stage = :source_stage and raw_table = :source_table;
        exception
            when other then
                reason := sqlerrm;

                delete from landing.failed_sources
                where stage = :source_stage and raw_table = :source_table;

                insert into landing.failed_sources (stage, raw_table, reason, failed_at)
                select :source_stage, :source_table, :reason, sysdate();
        end;
    end for;

    -- A file that failed at its last try; one that is tried at each run is found in the last day.
    insert into landing.failed_files (raw_table, file_path, reason, failed_at)
    with

    tries as (
        select
            stage_location,
            file_name,
            status,
            first_error_message,
            last_load_time
        from table(information_schema.copy_history(
            table_name => 'landing.documents',
            start_time => dateadd(day, -1, current_timestamp())
        ))
        qualify row_number() over (
            partition by stage_location, file_name order by last_load_time desc
        ) = 1
    )

    select
        coalesce(sources.raw_table, 'flow_logs'),
        coalesce(sources.folder, tries.stage_location) || tries.file_name,
        coalesce(tries.first_error_message, tries.status),
        convert_timezone('UTC', tries.last_load_time)::timestamp_ntz
    from tries
    left join landing.sources as sources
        on
            regexp_like(tries.file_name, sources.pattern)
            and (
                -- azure://account.blob.core.windows.net/container/, or the name of an internal stage
                contains(lower(tries.stage_location), replace(sources.folder, 'https://', '//'))
                or contains(
                    lower(tries.stage_location) || '/',
                    replace(sources.stage, 'landing.', '') || '/'
                )
            )
    where lower(tries.status) in ('load failed', 'partially loaded');

    return 'loaded';
end;
$$;
