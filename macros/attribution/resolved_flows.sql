{#- Flows with what is known of both ends: by address, and for the captured end by the NIC's MAC.
    The one place that applies rule 7.
    flows: relation or CTE (not called flows), one row per flow, with the columns that captured_flows gives.
    Gives a select: those, and src_*, dst_*: what was found by address (*_holder_*, *_method, *_found,
    *_reason), what the MAC made of it (is_*_confirmed_by_mac, is_*_by_mac_alone, is_*_denied_by_mac), and
    the answer itself as fct_flows has it.
    of_this_run: whether the flows are those that the run resolves, for which there are buckets. -#}
{% macro resolved_flows(flows, of_this_run=true) -%}
with

flows as (
    select
        *,
        case direction when 'outbound' then src_ip when 'inbound' then dst_ip end as captured_ip,
        {{ epoch_seconds('event_at') }} as event_seconds
    from {{ flows }}
    {%- if of_this_run %}
        where {{ in_slice('event_at') }}
    {%- endif %}
),

lookup as (
    select * from {{ ref('int_address_lookup') if of_this_run else ref('int_address_demand') }}
),

{%- if of_this_run %}

-- both ends read these, and DuckDB keeps what is read twice: wide rows are read once for each slice
answers as (
    select known.* from {{ ref('int_address_answers') }} as known
    where {{ overlaps_slice('known') }}
),

{%- endif %}

answered as (
    select
        flows.*,
        own_addresses.nic_id is not null as is_captured_ip_own,
    {%- for end in ['src', 'dst'] %}
        {{ end }}_answers.method as {{ end }}_method,
        {{ end }}_answers.candidates as {{ end }}_found,
        {{ end }}_answers.may_be_own as {{ end }}_may_be_own,
        {{ end }}_answers.nic_id as {{ end }}_holder_nic_id,
        {{ end }}_answers.nic_mac as {{ end }}_holder_mac,
        {{ end }}_answers.vm_id as {{ end }}_holder_vm_id,
        {{ end }}_answers.vm_uuid as {{ end }}_holder_vm_uuid,
        {{ end }}_answers.unmatched_reason as {{ end }}_reason,
        {{ evidence_at('flows.event_at', end ~ '_answers') }} as {{ end }}_holder_evidence
        {{- ',' if not loop.last }}
    {%- endfor %}
    from flows
    left join {{ ref('int_own_addresses') }} as own_addresses
        on
            flows.capture_nic_id = own_addresses.nic_id
            and flows.captured_ip = own_addresses.nic_ip
        {%- if of_this_run %}
            and {{ overlaps_slice('own_addresses') }}
        {%- endif %}
    {%- for end in ['src', 'dst'] %}
        left join lookup as {{ end }}_lookup
            on flows.scope_id = {{ end }}_lookup.scope_id
                and flows.{{ end }}_ip = {{ end }}_lookup.address
    {%- if of_this_run %}
        left join {{ ref('int_address_buckets') }} as {{ end }}_bucket
            on
                {{ end }}_lookup.address_no = {{ end }}_bucket.address_no
                and {{ bucket_of('flows.event_seconds', end ~ '_lookup.bucket_seconds') }}
                = {{ end }}_bucket.bucket
                and {{ in_window('flows.event_at', end ~ '_bucket') }}
                and {{ overlaps_slice(end ~ '_bucket') }}
        left join answers as {{ end }}_answers
            on
                {{ end }}_bucket.address_no = {{ end }}_answers.address_no
                and {{ end }}_bucket.window_start = {{ end }}_answers.window_start
    {%- else %}
        left join {{ ref('int_address_answers') }} as {{ end }}_answers
            on
                {{ end }}_lookup.address_no = {{ end }}_answers.address_no
                and {{ in_window('flows.event_at', end ~ '_answers') }}
    {%- endif %}
    {%- endfor %}
),

-- rule 7: the MAC says which NIC wrote the record, and so whose the captured end is, unless the
-- NIC forwards what is not its own or the address is known to be another NIC's
judged as (
    select
        *,
    {%- for end, direction in [('src', 'outbound'), ('dst', 'inbound')] %}
        direction = '{{ direction }}' and capture_nic_id is not null
        and coalesce({{ end }}_holder_nic_id = capture_nic_id, false)
            as is_{{ end }}_confirmed_by_mac,
        direction = '{{ direction }}' and capture_nic_id is not null and not is_capture_forwarder
        and case
            -- nobody is known to have held the address, and it can be the NIC's own
            when {{ end }}_holder_nic_id is null
                then {{ end }}_may_be_own and (
                        {{ end }}_reason in (
                            'before_first_seen', 'after_release', 'never_seen',
                            'outside_collection', 'pending'
                        )
                        -- of several that may have it, the one that ever had it
                        or {{ end }}_reason = 'ambiguous' and is_captured_ip_own
                    )
            -- another NIC's holding is stretched to this moment, and this NIC held it at some time
            when {{ end }}_holder_nic_id <> capture_nic_id
                then {{ end }}_holder_evidence = 'extended' and is_captured_ip_own
            else false
        end as is_{{ end }}_by_mac_alone,
        -- found somewhere in the subscription, and the record's MAC is not that NIC's
        direction = '{{ direction }}' and {{ end }}_method = 'subscription_ip'
        and coalesce({{ end }}_holder_mac <> capture_mac, false)
        and coalesce({{ end }}_holder_nic_id <> coalesce(capture_nic_id, ''), false)
        and not is_capture_forwarder
            as is_{{ end }}_denied_by_mac
        {{- ',' if not loop.last }}
    {%- endfor %}
    from answered
)

select
    *,
{%- for end in ['src', 'dst'] %}
    case
        when is_{{ end }}_by_mac_alone then capture_nic_id
        when not is_{{ end }}_denied_by_mac then {{ end }}_holder_nic_id
    end as {{ end }}_nic_id,
    case
        when is_{{ end }}_by_mac_alone then capture_vm_id
        when not is_{{ end }}_denied_by_mac then {{ end }}_holder_vm_id
    end as {{ end }}_vm_id,
    case
        when is_{{ end }}_by_mac_alone then capture_vm_uuid
        when not is_{{ end }}_denied_by_mac then {{ end }}_holder_vm_uuid
    end as {{ end }}_vm_uuid,
    case
        when is_{{ end }}_by_mac_alone then case when capture_vm_id is not null then 'mac' end
        when is_{{ end }}_denied_by_mac or {{ end }}_holder_vm_id is null then null
        when is_{{ end }}_confirmed_by_mac then 'mac'
        else {{ end }}_method
    end as {{ end }}_match_method,
    case
        when is_{{ end }}_by_mac_alone then case when capture_vm_id is not null then 'extended' end
        when is_{{ end }}_denied_by_mac or {{ end }}_holder_vm_id is null then null
        else {{ end }}_holder_evidence
    end as {{ end }}_evidence,
    case
        when is_{{ end }}_by_mac_alone
            then case
                    when capture_vm_id is null and is_capture_vm_unknown then 'ambiguous'
                    when capture_vm_id is null then 'nic_without_vm'
                end
        when is_{{ end }}_denied_by_mac then 'ambiguous'
        else {{ end }}_reason
    end as {{ end }}_unmatched_reason,
    case
        when is_{{ end }}_by_mac_alone
            then case when capture_vm_id is null and is_capture_vm_unknown then 2 else 1 end
        when is_{{ end }}_denied_by_mac then 2
        else coalesce({{ end }}_found, 0)
    end as {{ end }}_candidates
    {{- ',' if not loop.last }}
{%- endfor %}
from judged
{%- endmacro %}
