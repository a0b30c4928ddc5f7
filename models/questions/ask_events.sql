-- Operation-log events under the name that evidence gives them.
select
    cast(evidence as varchar) as evidence,
    cast(event_at as {{ type_ts() }}) as event_at,
    cast(operation_name as varchar) as operation_name,
    cast(resource_id as varchar) as resource_id,
    cast(status as varchar) as status,
    cast(is_failed as boolean) as is_failed,
    cast(is_creation as boolean) as is_creation,
    cast(caller as varchar) as caller,
    cast(caller_ip as varchar) as caller_ip,
    cast(file_path as varchar) as file_path,
    cast(file_row as bigint) as file_row
from {{ ref('int_operations') }}
