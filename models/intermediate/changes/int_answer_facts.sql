{{ config(materialized='view') }}

-- What the ends of a flow depend on beside its capture, as facts that hold for a while: the answer
-- for an address in a scope, and which addresses ever were the capturing NIC's own. The report of
-- disagreement reads besides what was stated of an address, and since when it was free.
with

vms as (
    select * from {{ ref('int_vm_names') }}
),

subscriptions as (
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
),

own_addresses as (
    select
        nic_id,
        nic_ip
    from {{ ref('int_own_addresses') }}
),

capture_nics as (
    select distinct
        capture_key,
        nic_id
    from {{ ref('int_capture_windows') }}
),

answers as (
    select
        answers.*,
        demand.scope_id,
        demand.address,
        vms.vm_name,
        subscriptions.tenant_id
    from {{ ref('int_address_answers') }} as answers
    inner join {{ ref('int_address_demand') }} as demand using (address_no)
    left join vms on answers.vm_id = vms.vm_id
    left join subscriptions on demand.subscription_id = subscriptions.subscription_id
),

-- one row per moment from which the evidence of an answer may be another
evidence_starts as (
    select
        address_no,
        window_start,
        window_start as piece_start
    from answers
    {%- for bound in ['confirmed_from', 'confirmed_until', 'extended_after'] %}
        union distinct
        select
            address_no,
            window_start,
            {{ bound }}
        from answers
        where {{ bound }} > window_start and {{ bound }} < window_end
    {%- endfor %}
),

pieces as (
    select
        answers.*,
        starts.piece_start,
        -- at its start and inside: a bound belongs to one side or the other, and evidence may hold
        -- for one moment alone
        {{ evidence_at('starts.piece_start', 'answers') }} as evidence_at_start,
        {{ evidence_at("(starts.piece_start + interval '1 microsecond')", 'answers') }}
            as evidence,
        coalesce(
            lead(starts.piece_start) over (
                partition by answers.address_no, answers.window_start
                order by starts.piece_start
            ),
            answers.window_end
        ) as piece_end
    from answers
    inner join evidence_starts as starts
        on
            answers.address_no = starts.address_no
            and answers.window_start = starts.window_start
),

stated_vms as (
    select * from {{ ref('int_stated_vm_windows') }}
),

facts as (
    select
        'answer' as fact,
        scope_id as key_1,
        address as key_2,
        piece_start as window_start,
        piece_end as window_end,
        {{ text_of([
            'method', 'candidates', 'may_be_own', 'nic_id', 'nic_mac', 'vm_id', 'vm_uuid',
            'vm_name', 'evidence_at_start', 'evidence', 'unmatched_reason', 'tenant_id',
        ]) }} as value_text
    from pieces

    union all

    select
        'own',
        capture_nics.capture_key,
        own.nic_ip,
        {{ beginning_of_time() }},
        {{ open_end() }},
        'own'
    from own_addresses as own
    inner join capture_nics on own.nic_id = capture_nics.nic_id

    union all

    select
        'stated',
        vnet_id,
        nic_ip,
        window_start,
        window_end,
        {{ text_of(['vm_id', 'gap_seconds']) }}
    from stated_vms
)

select distinct
    {{ fact_columns() }}
from facts
