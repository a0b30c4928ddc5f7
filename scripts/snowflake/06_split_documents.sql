-- Splits the documents that COPY has loaded into the raw tables, record by record, in one transaction,
-- judged like scripts/landing judges them and with the same reasons. Run it as often as you like: a
-- document that is there already, or older than what is there, changes nothing.
--
-- split_documents() is what to call. It gives all files to split_batch(), and where that fails, fewer
-- and fewer, until the file that is to blame is known and set aside.
use role loader;
use database azure_flows;

create or replace procedure landing.split_batch(most_files integer)
returns varchar
language sql
execute as caller
as
$$
begin
    begin transaction;

    -- An update of a row is locked until the commit: a second split waits here.
    update landing.split_lock
    set taken_at = sysdate(), most_files = :most_files;

    delete from landing.new_documents;

    insert into landing.new_documents
    select
        waiting.raw_table,
        waiting.file_path,
        waiting.document,
        bit_length(coalesce(waiting.document, '')) / 8,
        waiting.file_modified_at,
        waiting.etag,
        waiting.scanned_at,
        sysdate()
    from landing.waiting_documents as waiting
    inner join landing.split_lock as split_lock on waiting.file_no <= split_lock.most_files;

    delete from landing.new_pieces;

    -- 'd': of a key that an object has twice the last one is it, as in the harness
    insert into landing.new_pieces
    select raw_table, file_path, 1, true, try_parse_json(document, 'd'), left(document, 200)
    from landing.new_documents
    where try_parse_json(document, 'd') is not null;

    -- What is no JSON as a whole is cut at line ends, and before each `{"time":`, with which Azure
    -- begins a logged record: JSON lines, blocks that start with a comma, blobs that are cut off.
    insert into landing.new_pieces
    with

    cut as (
        select
            documents.raw_table,
            documents.file_path,
            piece.index + 1 as piece_no,
            -- what stands between records, and what opens a list
            regexp_replace(regexp_replace(
                piece.value::varchar, '^[\\s,\\]}]+', ''
            ), '[\\s,]+$', '') as piece_text
        from landing.new_documents as documents,
            lateral flatten(
                input => split(
                    replace(documents.document, '{"time":', chr(10) || '{"time":'), chr(10)
                )
            ) as piece
        where documents.file_path not in (select file_path from landing.new_pieces)
    ),

    parsed as (
        select
            *,
            coalesce(
                try_parse_json(piece_text, 'd'),
                -- the last record of a wrapper has its end behind it
                try_parse_json(regexp_replace(piece_text, '\\][\\s}]*$', ''), 'd')
            ) as value
        from cut
        where
            piece_text <> ''
            and not regexp_like(piece_text, '(\\{\\s*"(records|value|data)"\\s*:\\s*)?\\[')
    ),

    -- a record, or something else that is JSON, or nothing that is
    told as (
        select
            *,
            case
                when value is null then 'torn'
                when is_array(value) or coalesce(
                    is_array(value['records']), is_array(value['value']), is_array(value['data'])
                ) then 'record'
                when raw_table = 'flow_logs'
                    and value['time'] is not null
                    and coalesce(value['properties'], value['flowRecords']) is not null
                    then 'record'
                when raw_table = 'operation_logs'
                    and coalesce(value['time'], value['eventTimestamp']) is not null
                    and value['operationName'] is not null then 'record'
                when raw_table not in ('flow_logs', 'operation_logs')
                    and value['id'] is not null
                    and coalesce(value['properties'], value['type']) is not null then 'record'
                else 'other'
            end as kind
        from parsed
    ),

    followed as (
        select
            *,
            coalesce(
                lag(case when kind <> 'other' then kind end) ignore nulls over (
                    partition by file_path order by piece_no
                ),
                'record'
            ) as kind_before
        from told
    )

    select raw_table, file_path, piece_no, false, value, left(piece_text, 200)
    from followed
    -- what follows a torn piece is a part of it, up to the next record
    where kind = 'record' or kind_before = 'record';

    -- What stood around the lists of an inventory, the later piece first: {} around a bare list,
    -- nothing around a resource.
    delete from landing.new_envelopes;

    insert into landing.new_envelopes
    with

    wrappers as (
        select *
        from landing.opened_pieces
        where raw_table not in ('flow_logs', 'operation_logs') and list_key is not null
    ),

    parts as (
        select
            wrappers.file_path,
            part.key,
            part.value,
            row_number() over (
                partition by wrappers.file_path, part.key order by wrappers.piece_no desc
            ) as part_no
        from wrappers,
            lateral flatten(input => wrappers.value) as part
        where
            wrappers.list_key <> '[]'
            and part.key <> case wrappers.list_key when 'rows' then 'data' else wrappers.list_key end
    ),

    merged as (
        select
            file_path,
            object_agg(key, value)::variant as envelope
        from parts
        where part_no = 1
        group by file_path
    )

    select
        files.file_path,
        coalesce(merged.envelope, parse_json('{}'))
    from (select distinct file_path from wrappers) as files
    left join merged on files.file_path = merged.file_path;

    delete from landing.new_records;

    insert into landing.new_records
    with

    listed as (
        select
            pieces.raw_table,
            pieces.file_path,
            pieces.piece_no,
            element.index as element_no,
            element.value as element,
            pieces.raw_table in ('flow_logs', 'operation_logs')
            and case
                when is_array(element.value) then true
                when element.value['id'] is null
                    then coalesce(is_array(element.value['records']), false)
                else false
            end as is_wrapper
        from landing.opened_pieces as pieces,
            lateral flatten(input => pieces.elements) as element
        where pieces.list_key <> 'rows'
    ),

    -- One row per cell of Resource Graph's table form. Of two columns of one name the later one is it:
    -- an object has no key twice.
    cells as (
        select
            cells.file_path,
            cells.piece_no,
            cells.element_no,
            names.value['name']::varchar as key,
            coalesce(cells.value, parse_json('null')) as value,
            row_number() over (
                partition by
                    cells.file_path, cells.piece_no, cells.element_no,
                    names.value['name']::varchar
                order by cells.column_no desc
            ) as column_no
        from (
            select
                pieces.file_path,
                pieces.piece_no,
                table_row.index as element_no,
                cell.index as column_no,
                cell.value
            from landing.opened_pieces as pieces,
                lateral flatten(input => pieces.elements) as table_row,
                lateral flatten(input => table_row.value) as cell
            where pieces.list_key = 'rows'
        ) as cells
        inner join (
            select
                pieces.file_path,
                pieces.piece_no,
                name.index as column_no,
                name.value
            from landing.opened_pieces as pieces,
                lateral flatten(input => pieces.value['data']['columns']) as name
            where pieces.list_key = 'rows'
        ) as names
            on
                cells.file_path = names.file_path
                and cells.piece_no = names.piece_no
                and cells.column_no = names.column_no
    ),

    objects as (
        select
            file_path,
            piece_no,
            element_no,
            object_agg(key, value)::variant as element
        from cells
        where column_no = 1
        group by file_path, piece_no, element_no
    ),

    -- a row of which nothing is named is an object of nothing
    table_rows as (
        select
            table_row.file_path,
            table_row.piece_no,
            table_row.element_no,
            coalesce(objects.element, parse_json('{}')) as element
        from (
            select
                opened.file_path,
                opened.piece_no,
                element.index as element_no
            from landing.opened_pieces as opened,
                lateral flatten(input => opened.elements) as element
            where opened.list_key = 'rows'
        ) as table_row
        left join objects
            on
                table_row.file_path = objects.file_path
                and table_row.piece_no = objects.piece_no
                and table_row.element_no = objects.element_no
    ),

    elements as (
        select raw_table, file_path, piece_no, element_no, 0 as inner_no, element,
            cast(null as varchar) as torn_text
        from listed
        where not is_wrapper
        union all
        -- some of Azure's own samples have a wrapper inside a wrapper
        select listed.raw_table, listed.file_path, listed.piece_no, listed.element_no,
            inner_element.index, inner_element.value, null
        from listed,
            lateral flatten(
                input => case
                    when is_array(listed.element) then listed.element
                    else listed.element['records']
                end
            ) as inner_element
        where listed.is_wrapper
        union all
        select pieces.raw_table, pieces.file_path, pieces.piece_no, table_rows.element_no, 0,
            table_rows.element, null
        from table_rows
        inner join landing.opened_pieces as pieces
            on
                table_rows.file_path = pieces.file_path
                and table_rows.piece_no = pieces.piece_no
        union all
        select raw_table, file_path, piece_no, 0, 0, value,
            case when value is null then excerpt end
        from landing.opened_pieces
        where list_key is null
        union all
        -- an empty list is a snapshot too: of nothing
        select raw_table, file_path, piece_no, 0, 0, parse_json('{}'), null
        from landing.opened_pieces
        where
            raw_table not in ('flow_logs', 'operation_logs')
            and is_whole
            and array_size(elements) = 0
    ),

    placed as (
        select
            elements.raw_table,
            elements.file_path,
            row_number() over (
                partition by elements.file_path
                order by elements.piece_no, elements.element_no, elements.inner_no
            ) as file_row,
            elements.element as record,
            elements.torn_text,
            envelopes.envelope
        from elements
        left join landing.new_envelopes as envelopes
            on elements.file_path = envelopes.file_path
    ),

    stated as (
        select
            *,
            case
                when raw_table = 'flow_logs' then record['time']::varchar
                when raw_table = 'operation_logs' then coalesce(
                    record['time']::varchar, record['eventTimestamp']::varchar
                )
                else coalesce(
                    record['recorded_at']::varchar,
                    record['_cq_sync_time']::varchar,
                    envelope['recorded_at']::varchar
                )
            end as stated_time,
            coalesce(
                record['flowLogVersion']::varchar, record['properties']['Version']::varchar
            ) as flow_log_version,
            coalesce(
                record['flowLogResourceID']::varchar, record['resourceId']::varchar
            ) as flow_log_resource_id
        from placed
    ),

    -- the text of macros/cross_db/parse_timestamp.sql: landing rejects what would be null there
    bare as (
        select *, regexp_replace(trim(stated_time), ' ?([zZ]|UTC|GMT)$', '') as bare_time from stated
    ),

    timed as (
        select
            *,
            coalesce(
                convert_timezone('UTC', try_to_timestamp_tz(bare_time || case
                    when regexp_like(bare_time, '.*:[0-9.]+ ?[+-][0-9]{2}(:?[0-9]{2})?') then ''
                    else 'Z'
                end))::timestamp_ntz,
                case when bare_time like '%:%' then coalesce(
                    try_to_timestamp_ntz(bare_time, 'DY, DD MON YYYY HH24:MI:SS'),
                    try_to_timestamp_ntz(bare_time, 'MM/DD/YYYY HH12:MI:SS AM'),
                    try_to_timestamp_ntz(bare_time, 'MM/DD/YYYY HH24:MI:SS')
                ) end
            ) as parsed_time
        from bare
    ),

    judged as (
        select
            *,
            case
                when torn_text is not null then 'the record is cut off or no JSON'
                when not coalesce(is_object(record), false) then 'the element is no JSON object'
                when raw_table = 'flow_logs' then case
                    when stated_time is null then 'the record has no time'
                    when parsed_time is null
                        then 'the time of the record does not parse: ' || left(stated_time, 60)
                    when flow_log_version is null then 'the record has no version'
                    when flow_log_version not in ('1', '2', '4')
                        then 'unknown flow log version ' || left(flow_log_version, 60)
                    when not coalesce(is_array(case
                        when flow_log_version = '4' then record['flowRecords']['flows']
                        else record['properties']['flows']
                    end), false) then 'the record has no list of flows'
                    when flow_log_resource_id is null
                        then 'the record does not say whose log it is'
                end
                when raw_table = 'operation_logs' then case
                    when stated_time is null then 'the event has no time'
                    when parsed_time is null
                        then 'the time of the event does not parse: ' || left(stated_time, 60)
                    when coalesce(
                        record['operationName'], record['resourceId'], record['resourceUri']
                    ) is null then 'the event names neither an operation nor a resource'
                end
                when stated_time is not null and parsed_time is null
                    then 'the time of the snapshot does not parse: ' || left(stated_time, 60)
            end as reason
        from timed
    )

    select
        raw_table,
        file_path,
        file_row,
        record,
        case
            when reason is not null then null
            -- what makes a flow-log record the same one, wherever it was delivered
            when raw_table = 'flow_logs' then md5(
                lower(flow_log_resource_id)
                || '|' || coalesce(upper(regexp_replace(
                    record['macAddress']::varchar, '[^0-9a-fA-F]', ''
                )), '')
                || '|' || stated_time
                || '|' || flow_log_version
                || '|' || coalesce(lower(record['targetResourceID']::varchar), '')
                || '|' || to_json(case
                    when flow_log_version = '4' then record['flowRecords']['flows']
                    else record['properties']['flows']
                end)
            )
            -- and a row of another table the same one as in the last read of its file
            else md5(file_row::varchar || to_json(record))
        end,
        reason,
        case
            when reason is not null then coalesce(torn_text, left(to_json(record), 200))
        end
    from judged;

    -- All of its records can be read, but the list lacks its end: there may have been more.
    insert into landing.new_records (raw_table, file_path, reason, excerpt)
    select raw_table, file_path, 'the file ends within its list', ''
    from (
        select
            *,
            regexp_replace(document, '[\\s,]+$', '') as unclosed
        from landing.new_documents
        where file_path not in (select file_path from landing.new_pieces where is_whole)
    ) as documents
    where coalesce(
        try_parse_json(unclosed || ']}', 'd'), try_parse_json(unclosed || ']', 'd')
    ) is not null;

    -- Since when each row was there: what a grown blob had before keeps its time.
    delete from landing.earlier;

    insert into landing.earlier
    select 'flow_logs', file_path, record_key, min(loaded_at)
    from raw.flow_logs
    where file_path in (select file_path from landing.new_documents)
    group by file_path, record_key
    union all
    select 'operation_logs', file_path, md5(file_row::varchar || to_json(event)), min(loaded_at)
    from raw.operation_logs
    where file_path in (select file_path from landing.new_documents)
    group by file_path, md5(file_row::varchar || to_json(event))
    union all
    select 'network_interfaces', file_path, md5(file_row::varchar || to_json(resource)),
        min(loaded_at)
    from raw.network_interfaces
    where file_path in (select file_path from landing.new_documents)
    group by file_path, md5(file_row::varchar || to_json(resource))
    union all
    select 'virtual_machines', file_path, md5(file_row::varchar || to_json(resource)),
        min(loaded_at)
    from raw.virtual_machines
    where file_path in (select file_path from landing.new_documents)
    group by file_path, md5(file_row::varchar || to_json(resource))
    union all
    select 'virtual_networks', file_path, md5(file_row::varchar || to_json(resource)),
        min(loaded_at)
    from raw.virtual_networks
    where file_path in (select file_path from landing.new_documents)
    group by file_path, md5(file_row::varchar || to_json(resource));

    -- What an older version of a file gave goes.
    delete from raw.flow_logs
    where file_path in (select file_path from landing.new_documents);

    delete from raw.operation_logs
    where file_path in (select file_path from landing.new_documents);

    delete from raw.network_interfaces
    where file_path in (select file_path from landing.new_documents);

    delete from raw.virtual_machines
    where file_path in (select file_path from landing.new_documents);

    delete from raw.virtual_networks
    where file_path in (select file_path from landing.new_documents);

    delete from raw.rejected_records
    where file_path in (select file_path from landing.new_documents);

    delete from raw.landed_files
    where file_path in (select file_path from landing.new_documents);

    insert into raw.flow_logs (
        record_key, record_time, category, flow_log_version, mac_address, flow_log_resource_id,
        target_resource_id, nsg_flows, vnet_flows, flow_offset, group_offset, tuple_offset,
        file_path, file_row, file_modified_at, loaded_at
    )
    with

    shaped as (
        select
            *,
            coalesce(
                record['flowLogVersion']::varchar, record['properties']['Version']::varchar
            ) as flow_log_version
        from landing.new_records
        where raw_table = 'flow_logs' and reason is null
    )

    select
        records.row_key,
        records.record['time']::varchar,
        records.record['category']::varchar,
        records.flow_log_version,
        records.record['macAddress']::varchar,
        coalesce(
            records.record['flowLogResourceID']::varchar, records.record['resourceId']::varchar
        ),
        records.record['targetResourceID']::varchar,
        case when records.flow_log_version <> '4' then records.record['properties']['flows'] end,
        case when records.flow_log_version = '4' then records.record['flowRecords']['flows'] end,
        0,
        0,
        0,
        records.file_path,
        records.file_row,
        documents.file_modified_at,
        coalesce(earlier.loaded_at, documents.loaded_at)
    from shaped as records
    inner join landing.new_documents as documents on records.file_path = documents.file_path
    left join landing.earlier as earlier
        on
            records.raw_table = earlier.raw_table
            and records.file_path = earlier.file_path
            and records.row_key = earlier.row_key;

    insert into raw.operation_logs (event, file_path, file_row, file_modified_at, loaded_at)
    select
        records.record,
        records.file_path,
        records.file_row,
        documents.file_modified_at,
        coalesce(earlier.loaded_at, documents.loaded_at)
    from landing.new_records as records
    inner join landing.new_documents as documents on records.file_path = documents.file_path
    left join landing.earlier as earlier
        on
            records.raw_table = earlier.raw_table
            and records.file_path = earlier.file_path
            and records.row_key = earlier.row_key
    where records.raw_table = 'operation_logs' and records.reason is null;

    insert into raw.network_interfaces (
        resource, envelope, file_path, file_row, file_modified_at, loaded_at
    )
    select
        records.record,
        envelopes.envelope,
        records.file_path,
        records.file_row,
        documents.file_modified_at,
        coalesce(earlier.loaded_at, documents.loaded_at)
    from landing.new_records as records
    inner join landing.new_documents as documents on records.file_path = documents.file_path
    left join landing.new_envelopes as envelopes on records.file_path = envelopes.file_path
    left join landing.earlier as earlier
        on
            records.raw_table = earlier.raw_table
            and records.file_path = earlier.file_path
            and records.row_key = earlier.row_key
    where records.raw_table = 'network_interfaces' and records.reason is null;

    insert into raw.virtual_machines (
        resource, envelope, file_path, file_row, file_modified_at, loaded_at
    )
    select
        records.record,
        envelopes.envelope,
        records.file_path,
        records.file_row,
        documents.file_modified_at,
        coalesce(earlier.loaded_at, documents.loaded_at)
    from landing.new_records as records
    inner join landing.new_documents as documents on records.file_path = documents.file_path
    left join landing.new_envelopes as envelopes on records.file_path = envelopes.file_path
    left join landing.earlier as earlier
        on
            records.raw_table = earlier.raw_table
            and records.file_path = earlier.file_path
            and records.row_key = earlier.row_key
    where records.raw_table = 'virtual_machines' and records.reason is null;

    insert into raw.virtual_networks (
        resource, envelope, file_path, file_row, file_modified_at, loaded_at
    )
    select
        records.record,
        envelopes.envelope,
        records.file_path,
        records.file_row,
        documents.file_modified_at,
        coalesce(earlier.loaded_at, documents.loaded_at)
    from landing.new_records as records
    inner join landing.new_documents as documents on records.file_path = documents.file_path
    left join landing.new_envelopes as envelopes on records.file_path = envelopes.file_path
    left join landing.earlier as earlier
        on
            records.raw_table = earlier.raw_table
            and records.file_path = earlier.file_path
            and records.row_key = earlier.row_key
    where records.raw_table = 'virtual_networks' and records.reason is null;

    insert into raw.rejected_records (
        raw_table, file_path, file_row, reason, excerpt, file_modified_at, loaded_at
    )
    select
        records.raw_table,
        records.file_path,
        records.file_row,
        records.reason,
        records.excerpt,
        documents.file_modified_at,
        documents.loaded_at
    from landing.new_records as records
    inner join landing.new_documents as documents on records.file_path = documents.file_path
    where records.reason is not null;

    -- Tuples that nobody understands, and places where a list of tuples should be.
    insert into raw.rejected_records (
        raw_table, file_path, file_row, record_key, flow_index, group_index, tuple_index, reason,
        excerpt, file_modified_at, loaded_at
    )
    with

    flows as (
        select
            records.file_path,
            records.file_row,
            records.record_key,
            records.flow_log_version,
            flow.index + 1 as flow_index,
            case
                when records.flow_log_version = '4' then flow.value['flowGroups']
                else flow.value['flows']
            end as flow_groups,
            records.file_modified_at
        from raw.flow_logs as records,
            lateral flatten(input => coalesce(records.vnet_flows, records.nsg_flows)) as flow
        where records.file_path in (select file_path from landing.new_documents)
    ),

    all_groups as (
        select
            flows.*,
            flow_group.index + 1 as group_index,
            flow_group.value['flowTuples'] as flow_tuples
        from flows,
            lateral flatten(
                input => case
                    when is_array(flows.flow_groups) then flows.flow_groups
                    else parse_json('[null]')
                end
            ) as flow_group
    ),

    tuples as (
        select
            all_groups.*,
            not coalesce(is_array(all_groups.flow_tuples), false) as is_list_missing,
            flow_tuple.index + 1 as tuple_index,
            flow_tuple.value::varchar as flow_tuple
        from all_groups,
            lateral flatten(
                input => case
                    when is_array(all_groups.flow_tuples) then all_groups.flow_tuples
                    else parse_json('[null]')
                end
            ) as flow_tuple
    ),

    -- the forms of scripts/landing/flow_log_macros.sql
    forms as (
        select
            '[0-9]{9,14},[^,]+,[^,]+,' || port || ',' || port || ',' as tuple_start,
            protocol,
            '(,[0-9]{0,18}){4}' as counters
        from (
            select
                '([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?'
                    as port,
                '([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])' as protocol
        ) as fields
    ),

    judged as (
        select
            tuples.*,
            length(flow_tuple) - length(replace(flow_tuple, ',', '')) + 1 as fields,
            case flow_log_version
                when '1' then regexp_like(
                    flow_tuple, tuple_start || '(T|U|' || protocol || '),[IO],[AD]'
                )
                when '2' then regexp_like(
                    flow_tuple,
                    tuple_start || '(T|U|' || protocol || '),[IO],[AD],[BCE]?' || counters
                )
                when '4' then regexp_like(
                    flow_tuple, tuple_start || protocol || ',[IO],[BCED],[^,]*' || counters
                )
            end as is_understood
        from tuples
        cross join forms
    )

    select
        'flow_logs',
        judged.file_path,
        judged.file_row,
        case when is_list_missing then null else record_key end,
        flow_index,
        group_index,
        case when is_list_missing then null else tuple_index end,
        case
            when is_list_missing then 'a flow of the record has no list of tuples'
            when flow_tuple is null then 'the tuple is no text'
            when fields <> case flow_log_version when '1' then 8 else 13 end
                then 'the tuple has ' || fields || ' fields, a version ' || flow_log_version
                || ' tuple has ' || case flow_log_version when '1' then '8' else '13' end
            else 'a field of the tuple does not parse'
        end,
        left(flow_tuple, 200),
        judged.file_modified_at,
        documents.loaded_at
    from judged
    inner join landing.new_documents as documents on judged.file_path = documents.file_path
    where is_list_missing or not coalesce(is_understood, false);

    insert into raw.landed_files (
        file_path, raw_table, size_bytes, file_modified_at, row_count, rejected_count, loaded_at, etag
    )
    select
        documents.file_path,
        documents.raw_table,
        documents.size_bytes,
        documents.file_modified_at,
        coalesce(landed.row_count, 0),
        coalesce(rejected.rejected_count, 0),
        documents.loaded_at,
        documents.etag
    from landing.new_documents as documents
    left join (
        select file_path, count(*) as row_count
        from landing.new_records
        where reason is null
        group by file_path
    ) as landed on documents.file_path = landed.file_path
    left join (
        select file_path, count(*) as rejected_count
        from raw.rejected_records
        group by file_path
    ) as rejected on documents.file_path = rejected.file_path;

    delete from landing.set_aside
    where file_path in (select file_path from landing.new_documents);

    -- A file that could not be loaded keeps what it gave before, and is told once, until it can be.
    delete from raw.rejected_records
    where
        file_row is null
        and reason like 'the file cannot be loaded:%'
        and file_path in (select file_path from landing.failed_files);

    insert into raw.rejected_records (
        raw_table, file_path, reason, excerpt, file_modified_at, loaded_at
    )
    select raw_table, file_path, 'the file cannot be loaded: ' || reason, '', failed_at, sysdate()
    from (
        select
            failed.*,
            row_number() over (
                partition by failed.file_path order by failed.failed_at desc
            ) as failure_no
        from landing.failed_files as failed
        left join landing.new_documents as documents on failed.file_path = documents.file_path
        -- cut into parts (scripts/snowflake/cut.py), all of which could be loaded: a part's name says
        -- how many there are
        left join (
            select file_path
            from (
                select
                    regexp_replace(file_path, '[.]parts/[^/]+$', '') as file_path,
                    split_part(split_part(file_path, '.parts/part-', 2), '-of-', 1) as part_no,
                    split_part(split_part(file_path, '-of-', -1), '.', 1) as part_count
                from raw.landed_files
                where file_path like '%.parts/part-%-of-%'
            ) as parts
            group by file_path, part_count
            having count(distinct part_no) = try_to_number(part_count)
        ) as landed_in_parts
            on failed.file_path = landed_in_parts.file_path
        where
            landed_in_parts.file_path is null
            and (documents.file_path is null or documents.scanned_at < failed.failed_at)
    ) as failures
    where failure_no = 1;

    delete from landing.failed_files;

    -- Sources that could not be read, as long as they cannot.
    delete from raw.rejected_records
    where file_row is null and reason like 'the container cannot be read:%';

    insert into raw.rejected_records (
        raw_table, file_path, reason, excerpt, file_modified_at, loaded_at
    )
    select
        sources.raw_table,
        sources.folder,
        'the container cannot be read: ' || failed.reason,
        '',
        failed.failed_at,
        sysdate()
    from landing.failed_sources as failed
    inner join landing.sources as sources
        on failed.stage = sources.stage and failed.raw_table = sources.raw_table;

    -- What was split, and what came later than a newer version of its file, is not needed again.
    delete from landing.documents
    using raw.landed_files as landed
    where
        documents.file_path = landed.file_path
        and (
            documents.file_modified_at < landed.file_modified_at
            or (
                documents.file_modified_at = landed.file_modified_at
                and documents.etag is not distinct from landed.etag
            )
        );

    delete from landing.documents
    using landing.new_documents as taken
    where
        documents.file_path = taken.file_path
        and documents.file_modified_at = taken.file_modified_at
        and documents.scanned_at <= taken.scanned_at;

    -- The work tables hold texts: nothing stays in them.
    delete from landing.new_documents;

    delete from landing.new_pieces;

    delete from landing.new_envelopes;

    delete from landing.new_records;

    delete from landing.earlier;

    commit;
    return 'split';
exception
    when other then
        rollback;
        raise;
end;
$$;

create or replace procedure landing.split_documents()
returns varchar
language sql
execute as caller
as
$$
declare
    waiting integer;
    most_files integer;
    reason varchar;
begin
    select count(*) into :waiting from landing.waiting_documents;
    most_files := greatest(waiting, 1);
    repeat
        begin
            call landing.split_batch(:most_files);
            most_files := most_files * 2;
        exception
            when other then
                reason := sqlerrm;
                if (most_files > 1) then
                    most_files := floor(most_files / 2);
                else
                    -- where not even nothing can be split, no file is to blame: this raises
                    call landing.split_batch(0);

                    insert into landing.failed_files (raw_table, file_path, reason, failed_at)
                    select raw_table, file_path, 'the split fails on it: ' || :reason, sysdate()
                    from landing.waiting_documents
                    where file_no = 1;

                    delete from landing.set_aside
                    where file_path in (
                        select file_path from landing.waiting_documents where file_no = 1
                    );

                    insert into landing.set_aside (
                        file_path, file_modified_at, etag, reason, set_aside_at
                    )
                    select file_path, file_modified_at, etag, :reason, sysdate()
                    from landing.waiting_documents
                    where file_no = 1;
                end if;
        end;
        select count(*) into :waiting from landing.waiting_documents;
    until (waiting = 0)
    end repeat;

    -- what was set aside is told by a split that comes after
    if (reason is not null) then
        call landing.split_batch(0);
    end if;
    return 'split';
end;
$$;
