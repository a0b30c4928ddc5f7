-- Both ends of each flow with what decided their answers: resolved once more, by the text that made
-- fct_flows, with the window that was found.
with

tuples as (
    select * from {{ ref('int_flow_tuples') }}
    where not is_withdrawn
),

captured as (
    {{ captured_flows('tuples') }}
),

resolved as (
    {{ resolved_flows('captured', of_this_run=false) }}
),

ends as (
    {%- for end in ['src', 'dst'] %}
        select
            flow_id,
            '{{ 'source' if end == 'src' else 'destination' }}' as flow_end,
            event_at,
            scope_id,
            vnet_id,
            capture_nic_id,
            is_capture_forwarder,
            {{ end }}_ip as address,
            direction = '{{ 'outbound' if end == 'src' else 'inbound' }}' as is_captured_end,
            is_captured_ip_own,
            {{ end }}_method as search_method,
            {{ end }}_found as found,
            {{ end }}_holder_nic_id as holder_nic_id,
            {{ end }}_holder_vm_id as holder_vm_id,
            {{ end }}_reason as search_reason,
            {{ end }}_holder_evidence as holder_evidence,
            is_{{ end }}_confirmed_by_mac as is_confirmed_by_mac,
            is_{{ end }}_by_mac_alone as is_by_mac_alone,
            is_{{ end }}_denied_by_mac as is_denied_by_mac,
            {{ end }}_nic_id as nic_id,
            {{ end }}_vm_id as vm_id,
            {{ end }}_vm_uuid as vm_uuid,
            {{ end }}_match_method as match_method,
            {{ end }}_evidence as evidence,
            {{ end }}_unmatched_reason as unmatched_reason,
            {{ end }}_candidates as candidates
        from resolved
        {%- if not loop.last %}
            union all
        {%- endif %}
    {%- endfor %}
),

lookup as (
    select * from {{ ref('int_address_demand') }}
),

answers as (
    select * from {{ ref('int_address_answers') }}
),

windows as (
    select * from {{ ref('int_address_windows') }}
),

names as (
    select * from {{ ref('int_vm_names') }}
)

select
    -- key
    cast(ends.flow_id as varchar) as flow_id,
    cast(ends.flow_end as varchar) as flow_end,
    cast(ends.event_at as {{ type_ts() }}) as event_at,
    cast(ends.address as varchar) as address,
    -- the answer, as fct_flows has it
    cast(ends.nic_id as varchar) as nic_id,
    cast(ends.vm_id as varchar) as vm_id,
    cast(ends.vm_uuid as varchar) as vm_uuid,
    cast(names.vm_name as varchar) as vm_name,
    cast(ends.match_method as varchar) as match_method,
    cast(ends.evidence as varchar) as evidence,
    cast(ends.unmatched_reason as varchar) as unmatched_reason,
    cast(ends.candidates as integer) as candidates,
    -- what the search by address found
    cast(ends.search_method as varchar) as search_method,
    cast(ends.found as integer) as search_candidates,
    cast(ends.holder_nic_id as varchar) as search_nic_id,
    cast(ends.holder_vm_id as varchar) as search_vm_id,
    cast(ends.holder_evidence as varchar) as search_evidence,
    cast(ends.search_reason as varchar) as search_reason,
    -- what the MAC made of it
    cast(ends.is_captured_end as boolean) as is_captured_end,
    cast(ends.is_capture_forwarder as boolean) as is_capture_forwarder,
    cast(ends.is_captured_ip_own as boolean) as is_capture_own_address,
    cast(ends.is_confirmed_by_mac as boolean) as is_confirmed_by_mac,
    cast(ends.is_by_mac_alone as boolean) as is_by_mac_alone,
    cast(ends.is_denied_by_mac as boolean) as is_denied_by_mac,
    -- the window that was found
    cast(windows.vnet_id as varchar) as window_vnet_id,
    cast(windows.nic_ip as varchar) as window_address,
    cast(windows.window_start as {{ type_ts() }}) as window_start,
    cast(nullif(windows.window_end, {{ open_end() }}) as {{ type_ts() }}) as window_end,
    cast(windows.first_observed_at as {{ type_ts() }}) as first_observed_at,
    cast(windows.last_observed_at as {{ type_ts() }}) as last_observed_at,
    cast(windows.start_evidence as varchar) as start_evidence,
    cast(windows.end_evidence as varchar) as end_evidence,
    -- how far the answer is sure
    cast(answers.confirmed_from as {{ type_ts() }}) as confirmed_from,
    cast(nullif(answers.confirmed_until, {{ open_end() }}) as {{ type_ts() }}) as confirmed_until
from ends
left join lookup on ends.scope_id = lookup.scope_id and ends.address = lookup.address
left join answers
    on lookup.address_no = answers.address_no and {{ in_window('ends.event_at', 'answers') }}
left join windows on answers.address_window_no = windows.address_window_no
left join names on ends.vm_id = names.vm_id
