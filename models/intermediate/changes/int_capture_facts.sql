{{ config(materialized='view') }}

-- What the capture of a flow depends on, as facts that hold for a while: the NIC and VM behind a
-- MAC or a NIC id, and the VNet of an NSG.
with

vms as (
    select * from {{ ref('int_vm_names') }}
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
    from {{ ref('int_capture_windows') }} as captures
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
)

select
    {{ fact_columns() }}
from facts
