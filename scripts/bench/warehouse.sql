-- What the models of a join read, filled from the benchmark's windows and flows. In: the variables
-- windows_file, flows_file, subscription. The capturing NIC is unknown: addresses alone decide.
create schema if not exists staging;

create schema if not exists intermediate;

create or replace table intermediate.int_address_windows as
select
    row_number() over (order by scope_id, address, window_start) as address_window_no,
    scope_id as vnet_id,
    address as nic_ip,
    false as is_prefix,
    nic_id,
    cast(null as varchar) as nic_mac,
    cast(1 as bigint) as holder_count,
    vm_id,
    vm_uuid,
    window_start,
    window_end,
    window_start as first_observed_at,
    window_start as last_observed_at,
    window_start as confirmed_from,
    window_end as confirmed_until,
    window_end as extended_after,
    'bench' as start_evidence,
    'bench' as end_evidence,
    getvariable('subscription') as vnet_subscription_id,
    getvariable('subscription') as subscription_id
from read_parquet(getvariable('windows_file'));

create or replace table intermediate.int_nic_ip_windows as
select
    vnet_id,
    nic_ip,
    is_prefix,
    nic_id,
    holder_count,
    window_start,
    window_end,
    first_observed_at,
    last_observed_at,
    true as is_end_exact,
    start_evidence,
    end_evidence
from intermediate.int_address_windows;

create or replace table intermediate.int_subscriptions as
select
    getvariable('subscription') as subscription_id,
    'tenant' as tenant_id,
    max(window_start) as last_evidence_at,
    true as has_nic_inventory
from intermediate.int_address_windows;

-- every VNet is 10.0.0.0/8, and peered with none
create or replace table staging.stg_collectors__virtual_networks as
select distinct
    vnet_id,
    true as is_statement
from intermediate.int_address_windows;

create or replace table intermediate.int_vnet_spaces as
select
    vnet_id,
    '10.0.0.0/8' as prefix,
    '0a000000' as first_hex,
    '0affffff' as last_hex
from staging.stg_collectors__virtual_networks;

create or replace table intermediate.int_vnet_reach as
select
    vnet_id,
    vnet_id as peer_vnet_id,
    window_start,
    window_end,
    confirmed_from,
    confirmed_until,
    extended_after
from intermediate.int_address_windows
where false;

create or replace view intermediate.int_flow_captures_new as
select
    flow_id,
    cast(null as varchar) as record_key,
    event_at,
    event_at as recorded_at,
    event_at as loaded_at,
    'vnet_v4' as log_format,
    direction,
    'allowed' as action,
    'end' as flow_state,
    'NX' as encryption,
    src_ip,
    src_port,
    dst_ip,
    dst_port,
    protocol,
    packets_src_to_dst,
    bytes_src_to_dst,
    packets_dst_to_src,
    bytes_dst_to_src,
    cast(null as varchar) as rule_name,
    cast(null as varchar) as acl_id,
    cast(null as varchar) as flow_log_id,
    scope_id as vnet_id,
    getvariable('subscription') as subscription_id,
    scope_id,
    cast(null as varchar) as capture_mac,
    cast(null as varchar) as capture_nic_id,
    cast(null as varchar) as capture_vm_id,
    cast(null as varchar) as capture_vm_uuid,
    false as is_capture_vm_unknown,
    false as is_capture_forwarder
from read_parquet(getvariable('flows_file'));

create or replace view intermediate.int_flow_captures as
select * from intermediate.int_flow_captures_new;

create or replace view intermediate.int_flow_captures_again as
select * from intermediate.int_flow_captures_new
where false;

-- the second run; the first took up what history.sql has
create or replace view intermediate.int_run as
select
    cast(2 as bigint) as run_no,
    cast(1 as bigint) as completed_run_no;

create or replace view intermediate.int_flow_tuples as
select
    event_at,
    cast(null as varchar) as target_nic_id
from intermediate.int_flow_captures;

create or replace table intermediate.int_capture_windows as
select
    nic_id,
    window_start,
    window_end
from intermediate.int_address_windows
where false;

-- a table in a build as well
create or replace table intermediate.int_touched_hours as
select distinct date_trunc('hour', event_at) as hour
from intermediate.int_flow_captures;
