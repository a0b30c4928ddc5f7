{{ config(materialized='view') }}

-- What the capture of a flow depends on, as facts that hold for a while: the NIC and VM behind a
-- MAC or a NIC id, and the VNet of an NSG. Reports read besides who forwards: a flow whose report
-- changes is resolved again as well, since that is what counts its hour again.
with

vms as (
    select * from {{ ref('int_vm_names') }}
),

captures as (
    select * from {{ ref('int_capture_windows') }}
),

-- flagged at any time, as dim_nics has it
forwarders as (
    select distinct nic_id from {{ ref('int_nic_observations') }}
    where forwards
),

facts as (
    select
        'capture' as fact,
        captures.capture_key as key_1,
        '' as key_2,
        captures.window_start,
        captures.window_end,
        {{ text_of([
            'captures.nic_id', 'captures.vnet_id', 'captures.is_forwarder', 'captures.vm_id',
            'captures.vm_uuid', 'captures.is_vm_unknown', 'vms.vm_name',
        ]) }} as value_text
    from captures
    left join vms on captures.vm_id = vms.vm_id

    union distinct

    select
        'nsg',
        nsg_id,
        '',
        window_start,
        window_end,
        {{ text_of(['vnet_id']) }}
    from {{ ref('int_nsg_vnet_windows') }}

    union distinct

    select
        'forwarder',
        captures.capture_key,
        '',
        {{ beginning_of_time() }},
        {{ open_end() }},
        'forwarder'
    from captures
    inner join forwarders on captures.nic_id = forwarders.nic_id

    union distinct

    select
        'forwarding_mac',
        capture_mac,
        '',
        {{ beginning_of_time() }},
        {{ open_end() }},
        'forwarding_mac'
    from {{ ref('int_forwarding_macs') }}
)

select
    {{ fact_columns() }}
from facts
