-- All flow tuples of all formats, each record once, without the tuples that landing rejected.
with

records as (
    select * from {{ ref('int_flow_records') }}
),

rejected as (
    select distinct
        record_key,
        flow_index,
        group_index,
        tuple_index
    from {{ source('raw', 'rejected_records') }}
    where raw_table = 'flow_logs' and tuple_index is not null
),

united as (
    select * from {{ ref('stg_flow_logs__nsg_v1') }}
    union all
    select * from {{ ref('stg_flow_logs__nsg_v2') }}
    union all
    select * from {{ ref('stg_flow_logs__vnet_v4') }}
)

select
    united.*,
    -- the place in the record, since identical tuples in one record are that many flows
    united.record_key || ':' || cast(united.flow_index as varchar)
    || '.' || cast(united.group_index as varchar)
    || '.' || cast(united.tuple_index as varchar) as flow_id
from united
inner join records
    on
        united.record_key = records.record_key
        and united.file_path = records.file_path
        and united.file_row = records.file_row
left join rejected
    on
        united.record_key = rejected.record_key
        and united.flow_index = rejected.flow_index
        and united.group_index = rejected.group_index
        and united.tuple_index = rejected.tuple_index
where rejected.record_key is null
