{%- set claim_types = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/' -%}

-- Operation-log events: the diagnostic (Event Hub) form and the REST form in one shape.
with

raw_events as (
    select * from {{ raw_relation('operation_logs') }}
),

parsed as (
    select
        *,
        -- an object, or in some exports the object's text
        {{ json_parse(json_text('event', ['properties'])) }} as properties,
        {{ parse_timestamp("coalesce(" ~ json_text('event', ['time']) ~ ", "
            ~ json_text('event', ['eventTimestamp']) ~ ")") }} as event_at,
        lower(coalesce(
            {{ json_text('event', ['operationName', 'value']) }},
            {{ json_text('event', ['operationName']) }}
        )) as operation_name,
        {{ arm_id("coalesce(" ~ json_text('event', ['resourceId']) ~ ", "
            ~ json_text('event', ['resourceUri']) ~ ")") }} as resource_id,
        lower(coalesce(
            {{ json_text('event', ['resultType']) }},
            {{ json_text('event', ['status', 'value']) }},
            {{ json_text('event', ['status']) }},
            {{ json_text('event', ['resultSignature']) }}
        )) as status
    from raw_events
),

bodies as (
    select
        *,
        {{ json_parse("coalesce(" ~ json_text('properties', ['responseBody']) ~ ", "
            ~ json_text('properties', ['responsebody']) ~ ")") }} as body
    from parsed
)

select
    event_at,
    lower({{ json_text('event', ['correlationId']) }}) as correlation_id,
    operation_name,
    resource_id,
    {{ arm_id(json_text('properties', ['entity'])) }} as entity_id,
    case
        when status like 'start%' then 'start'
        when status like 'accept%' then 'accept'
        when status like 'succe%' then 'success'
        when status like 'fail%' or status like 'cancel%' or status like 'timedout%'
            or status like 'timeout%' then 'failure'
        else 'other'
    end as status,
    lower(coalesce(
        {{ json_text('properties', ['statusCode']) }},
        {{ json_text('event', ['subStatus', 'value']) }}
    )) as status_code,
    -- "******" and torn bodies state nothing
    case when {{ json_is_object('body') }} then body end as body,
    lower(coalesce(
        {{ json_text('event', ['tenantId']) }},
        nullif(split_part({{ json_text('properties', ['hierarchy']) }}, '/', 1), '')
    )) as tenant_id,
    -- a person's name, else the application's id: the REST form has already chosen
    nullif(coalesce(
        {{ json_text('event', ['caller']) }},
        {{ json_text('event', ['identity', 'claims', claim_types ~ 'upn']) }},
        {{ json_text('event', ['identity', 'claims', claim_types ~ 'emailaddress']) }},
        {{ json_text('event', ['identity', 'claims', claim_types ~ 'name']) }},
        {{ json_text('event', ['identity', 'claims', 'upn']) }},
        {{ json_text('event', ['identity', 'claims', 'name']) }},
        {{ json_text('event', ['identity', 'claims', 'appid']) }},
        {{ json_text('event', ['identity', 'authorization', 'evidence', 'principalId']) }}
    ), '') as caller,
    nullif(coalesce(
        {{ json_text('event', ['callerIpAddress']) }},
        {{ json_text('event', ['httpRequest', 'clientIpAddress']) }},
        {{ json_text('event', ['claims', 'ipaddr']) }}
    ), '') as caller_ip,
    coalesce(
        {{ arm_id_part('resource_id', 'subscriptions') }},
        nullif(lower({{ json_text('event', ['subscriptionId']) }}), '')
    ) as subscription_id,
    file_path,
    file_row,
    loaded_at
from bodies
