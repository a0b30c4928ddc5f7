-- Which NIC and VM stood behind each address of each VNet, when.
with

windows as (
    select * from {{ ref('int_address_windows') }}
    where nic_id is not null
),

vms as (
    select * from {{ ref('int_vm_names') }}
),

subscriptions as (
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
)

select
    cast(windows.vnet_id as varchar) as vnet_id,
    cast(windows.nic_ip as varchar) as nic_ip,
    cast(windows.nic_id as varchar) as nic_id,
    cast(windows.nic_mac as varchar) as nic_mac,
    cast(windows.vm_id as varchar) as vm_id,
    cast(windows.vm_uuid as varchar) as vm_uuid,
    cast(vms.vm_name as varchar) as vm_name,
    cast(windows.subscription_id as varchar) as subscription_id,
    cast(subscriptions.tenant_id as varchar) as tenant_id,
    cast(windows.window_start as {{ type_ts() }}) as window_start,
    cast(nullif(windows.window_end, {{ open_end() }}) as {{ type_ts() }}) as window_end,
    cast(windows.window_end = {{ open_end() }} as boolean) as is_current,
    -- the bounds may lie anywhere up to the evidence inside: the window is their widest reach
    cast(
        {{ least_known() }}(
            {{ greatest_known() }}(windows.confirmed_from, windows.window_start), windows.window_end
        )
        as {{ type_ts() }}
    ) as window_start_latest,
    cast(
        {{ greatest_known() }}(
            {{ least_known() }}(windows.confirmed_until, windows.window_end), windows.window_start
        )
        as {{ type_ts() }}
    ) as window_end_earliest,
    cast(windows.first_observed_at as {{ type_ts() }}) as first_observed_at,
    cast(windows.last_observed_at as {{ type_ts() }}) as last_observed_at,
    cast(windows.start_evidence as varchar) as start_evidence,
    cast(windows.end_evidence as varchar) as end_evidence
from windows
left join vms on windows.vm_id = vms.vm_id
left join subscriptions on windows.subscription_id = subscriptions.subscription_id
