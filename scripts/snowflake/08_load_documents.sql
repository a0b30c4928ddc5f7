-- Brings new and grown files into landing.documents, and notes those that could not be loaded.
--
-- COPY INTO, not Snowpipe: a PT1H.json grows all through its hour, and Snowpipe passes over a file whose
-- name it has loaded, changed or not. COPY INTO loads a file again whose checksum is another one.
use role loader;
use database azure_flows;

-- As the caller: the load history shows what that role may see.
create or replace procedure landing.load_documents()
returns varchar
language sql
execute as caller
as
$$
begin
    copy into landing.documents (
        raw_table, file_path, document, file_modified_at, etag, scanned_at
    )
    from (
        select
            'flow_logs',
            'insights-logs-networksecuritygroupflowevent/' || metadata$filename,
            $1,
            metadata$file_last_modified,
            metadata$file_content_key,
            convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
        from @landing.nsg_flow_logs
    )
    file_format = (format_name = 'landing.whole_file')
    pattern = '.*[.](json|jsonl|ndjson)([.]gz)?'
    -- the others must go on, and this one is tried again
    on_error = skip_file;

    copy into landing.documents (
        raw_table, file_path, document, file_modified_at, etag, scanned_at
    )
    from (
        select
            'flow_logs',
            'insights-logs-flowlogflowevent/' || metadata$filename,
            $1,
            metadata$file_last_modified,
            metadata$file_content_key,
            convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
        from @landing.vnet_flow_logs
    )
    file_format = (format_name = 'landing.whole_file')
    pattern = '.*[.](json|jsonl|ndjson)([.]gz)?'
    -- the others must go on, and this one is tried again
    on_error = skip_file;

    copy into landing.documents (
        raw_table, file_path, document, file_modified_at, etag, scanned_at
    )
    from (
        select
            'operation_logs',
            'insights-activity-logs/' || metadata$filename,
            $1,
            metadata$file_last_modified,
            metadata$file_content_key,
            convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
        from @landing.activity_logs
    )
    file_format = (format_name = 'landing.whole_file')
    pattern = '.*[.](json|jsonl|ndjson)([.]gz)?'
    -- the others must go on, and this one is tried again
    on_error = skip_file;

    copy into landing.documents (
        raw_table, file_path, document, file_modified_at, etag, scanned_at
    )
    from (
        select
            'network_interfaces',
            'collect/' || metadata$filename,
            $1,
            metadata$file_last_modified,
            metadata$file_content_key,
            convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
        from @landing.collect
    )
    file_format = (format_name = 'landing.whole_file')
    pattern = '(.*/)?network_interfaces/.*[.](json|jsonl|ndjson)([.]gz)?'
    -- the others must go on, and this one is tried again
    on_error = skip_file;

    copy into landing.documents (
        raw_table, file_path, document, file_modified_at, etag, scanned_at
    )
    from (
        select
            'virtual_machines',
            'collect/' || metadata$filename,
            $1,
            metadata$file_last_modified,
            metadata$file_content_key,
            convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
        from @landing.collect
    )
    file_format = (format_name = 'landing.whole_file')
    pattern = '(.*/)?virtual_machines/.*[.](json|jsonl|ndjson)([.]gz)?'
    -- the others must go on, and this one is tried again
    on_error = skip_file;

    copy into landing.documents (
        raw_table, file_path, document, file_modified_at, etag, scanned_at
    )
    from (
        select
            'virtual_networks',
            'collect/' || metadata$filename,
            $1,
            metadata$file_last_modified,
            metadata$file_content_key,
            convert_timezone('UTC', metadata$start_scan_time)::timestamp_ntz
        from @landing.collect
    )
    file_format = (format_name = 'landing.whole_file')
    pattern = '(.*/)?virtual_networks/.*[.](json|jsonl|ndjson)([.]gz)?'
    -- the others must go on, and this one is tried again
    on_error = skip_file;

    -- A file that failed at its last try; one that is tried at each run is found in the last day.
    insert into landing.failed_files (raw_table, file_path, reason, failed_at)
    with

    tries as (
        select
            case
                when contains(lower(stage_location), 'networksecuritygroupflowevent')
                    or contains(lower(stage_location), 'nsg_flow_logs')
                    then 'insights-logs-networksecuritygroupflowevent/'
                when contains(lower(stage_location), 'flowlogflowevent')
                    or contains(lower(stage_location), 'vnet_flow_logs')
                    then 'insights-logs-flowlogflowevent/'
                when contains(lower(stage_location), 'activity')
                    then 'insights-activity-logs/'
                else 'collect/'
            end as container,
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
        case container
            when 'insights-activity-logs/' then 'operation_logs'
            when 'collect/' then coalesce(
                regexp_substr(file_name, 'network_interfaces|virtual_machines|virtual_networks'),
                'network_interfaces'
            )
            else 'flow_logs'
        end,
        container || file_name,
        coalesce(first_error_message, status),
        convert_timezone('UTC', last_load_time)::timestamp_ntz
    from tries
    where lower(status) in ('load failed', 'partially loaded');

    return 'loaded';
end;
$$;
