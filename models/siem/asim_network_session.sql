-- Every flow as an event of ASIM's NetworkSession schema, 0.2.7. Columns are its fields; `event` is
-- the same as one JSON text with their names as KQL wants them, capitals and all.
-- noqa: disable=CP02
{% set additional = {
    'LoggedDirection': 'direction',
    'Encryption': 'encryption',
    'AclId': 'acl_id',
    'FlowLogResourceId': 'flow_log_resource_id',
    'VNetId': 'vnet_id',
    'TenantId': 'tenant_id',
    'CapturedEnd': 'captured_end',
    'SrcVmUuid': 'src_vm_uuid',
    'SrcVNetId': 'src_vnet_id',
    'SrcMatchMethod': 'src_match_method',
    'SrcEvidence': 'src_evidence',
    'SrcUnmatchedReason': 'src_unmatched_reason',
    'SrcCandidates': 'src_candidates',
    'DstVmUuid': 'dst_vm_uuid',
    'DstVNetId': 'dst_vnet_id',
    'DstMatchMethod': 'dst_match_method',
    'DstEvidence': 'dst_evidence',
    'DstUnmatchedReason': 'dst_unmatched_reason',
    'DstCandidates': 'dst_candidates',
} %}
{% set fields = [
    'EventCount', 'EventType', 'EventSubType', 'EventResult', 'EventSeverity', 'EventOriginalUid',
    'EventOriginalType', 'EventOriginalSubType', 'EventVendor', 'EventProduct',
    'EventProductVersion', 'EventSchema', 'EventSchemaVersion', 'Dvc', 'DvcId', 'DvcIdType',
    'DvcHostname', 'DvcScopeId', 'DvcInterface', 'DvcMacAddr', 'DvcAction', 'DvcOriginalAction',
    'Src', 'SrcIpAddr', 'SrcPortNumber', 'SrcHostname', 'SrcDvcId', 'SrcDvcIdType',
    'SrcDvcScopeId', 'SrcInterfaceName', 'SrcMacAddr', 'SrcBytes', 'SrcPackets', 'Dst',
    'DstIpAddr', 'DstPortNumber', 'DstHostname', 'DstDvcId', 'DstDvcIdType', 'DstDvcScopeId',
    'DstInterfaceName', 'DstMacAddr', 'DstBytes', 'DstPackets', 'NetworkProtocol',
    'NetworkProtocolVersion', 'NetworkDirection', 'NetworkBytes', 'NetworkPackets',
    'NetworkRuleName'
] %}
{% set other_fields = {
    'TimeGenerated': iso_timestamp('TimeGenerated'),
    'EventStartTime': iso_timestamp('EventStartTime'),
    'EventEndTime': iso_timestamp('EventEndTime'),
    'AdditionalFields': 'additional_fields',
} %}
with

flows as (
    select
        *,
        case when src_kind <> 'invalid_address' then src_ip end as src_address,
        case when dst_kind <> 'invalid_address' then dst_ip end as dst_address
    from {{ ref('int_flow_endpoints') }}
),

events as (
    select
        -- what happened
        cast(event_at as {{ type_ts() }}) as TimeGenerated,
        cast(event_at as {{ type_ts() }}) as EventStartTime,
        cast(event_at as {{ type_ts() }}) as EventEndTime,
        cast(1 as integer) as EventCount,
        cast('NetworkSession' as varchar) as EventType,
        cast(case flow_state when 'begin' then 'Start' when 'end' then 'End' end as varchar)
            as EventSubType,
        cast(case action when 'denied' then 'Failure' else 'Success' end as varchar) as EventResult,
        cast(case action when 'denied' then 'Low' else 'Informational' end as varchar)
            as EventSeverity,
        cast(flow_id as varchar) as EventOriginalUid,
        cast(log_format as varchar) as EventOriginalType,
        cast(flow_state as varchar) as EventOriginalSubType,
        cast('Microsoft' as varchar) as EventVendor,
        cast('Azure NSG flows' as varchar) as EventProduct,
        cast(case log_format when 'vnet_v4' then '4' when 'nsg_v2' then '2' else '1' end as varchar)
            as EventProductVersion,
        cast('NetworkSession' as varchar) as EventSchema,
        cast('0.2.7' as varchar) as EventSchemaVersion,
        -- who reports it: the machine whose NIC captured the flow, whichever end it is, or neither
        cast(coalesce(capture_vm_id, 'Azure NSG flows') as varchar) as Dvc,
        cast(capture_vm_id as varchar) as DvcId,
        cast(case when capture_vm_id is not null then 'AzureResourceId' end as varchar)
            as DvcIdType,
        cast(capture_vm_name as varchar) as DvcHostname,
        cast({{ arm_id_part('capture_vm_id', 'subscriptions') }} as varchar) as DvcScopeId,
        cast(capture_nic_id as varchar) as DvcInterface,
        cast({{ colon_mac('capture_mac') }} as varchar) as DvcMacAddr,
        cast(case action when 'denied' then 'Deny' else 'Allow' end as varchar) as DvcAction,
        cast(action as varchar) as DvcOriginalAction,
        -- source end
        -- mandatory: what is no address as it was logged
        cast(coalesce(src_vm_id, src_ip) as varchar) as Src,
        cast(src_address as varchar) as SrcIpAddr,
        cast(src_port as integer) as SrcPortNumber,
        cast(src_vm_name as varchar) as SrcHostname,
        cast(src_vm_id as varchar) as SrcDvcId,
        cast(case when src_vm_id is not null then 'AzureResourceId' end as varchar) as SrcDvcIdType,
        cast({{ arm_id_part('src_vm_id', 'subscriptions') }} as varchar) as SrcDvcScopeId,
        cast(src_nic_id as varchar) as SrcInterfaceName,
        cast(src_mac as varchar) as SrcMacAddr,
        cast(bytes_src_to_dst as bigint) as SrcBytes,
        cast(packets_src_to_dst as bigint) as SrcPackets,
        -- destination end
        cast(coalesce(dst_vm_id, dst_ip) as varchar) as Dst,
        cast(dst_address as varchar) as DstIpAddr,
        cast(dst_port as integer) as DstPortNumber,
        cast(dst_vm_name as varchar) as DstHostname,
        cast(dst_vm_id as varchar) as DstDvcId,
        cast(case when dst_vm_id is not null then 'AzureResourceId' end as varchar) as DstDvcIdType,
        cast({{ arm_id_part('dst_vm_id', 'subscriptions') }} as varchar) as DstDvcScopeId,
        cast(dst_nic_id as varchar) as DstInterfaceName,
        cast(dst_mac as varchar) as DstMacAddr,
        cast(bytes_dst_to_src as bigint) as DstBytes,
        cast(packets_dst_to_src as bigint) as DstPackets,
        -- connection
        cast(upper(protocol_name) as varchar) as NetworkProtocol,
        cast(case ip_version when 4 then 'IPv4' when 6 then 'IPv6' end as varchar)
            as NetworkProtocolVersion,
        cast(
            case crossing
                when 'inbound' then 'Inbound' when 'outbound' then 'Outbound'
                when 'internal' then 'Local' else 'NA'
            end as varchar
        ) as NetworkDirection,
        cast(bytes_src_to_dst + bytes_dst_to_src as bigint) as NetworkBytes,
        cast(packets_src_to_dst + packets_dst_to_src as bigint) as NetworkPackets,
        cast(rule_name as varchar) as NetworkRuleName,
        -- how it is known, and what ASIM has no place for
        {{ json_object_known(additional) }} as additional_fields
    from flows
)

select
    TimeGenerated,
    EventStartTime,
    EventEndTime,
    EventCount,
    EventType,
    EventSubType,
    EventResult,
    EventSeverity,
    EventOriginalUid,
    EventOriginalType,
    EventOriginalSubType,
    EventVendor,
    EventProduct,
    EventProductVersion,
    EventSchema,
    EventSchemaVersion,
    Dvc,
    DvcId,
    DvcIdType,
    DvcHostname,
    DvcScopeId,
    DvcInterface,
    DvcMacAddr,
    DvcAction,
    DvcOriginalAction,
    Src,
    SrcIpAddr,
    SrcPortNumber,
    SrcHostname,
    SrcDvcId,
    SrcDvcIdType,
    SrcDvcScopeId,
    SrcInterfaceName,
    SrcMacAddr,
    SrcBytes,
    SrcPackets,
    Dst,
    DstIpAddr,
    DstPortNumber,
    DstHostname,
    DstDvcId,
    DstDvcIdType,
    DstDvcScopeId,
    DstInterfaceName,
    DstMacAddr,
    DstBytes,
    DstPackets,
    NetworkProtocol,
    NetworkProtocolVersion,
    NetworkDirection,
    NetworkBytes,
    NetworkPackets,
    NetworkRuleName,
    cast({{ json_text('additional_fields', []) }} as varchar) as AdditionalFields,
    cast({{ json_text(nested_json(fields, other_fields), []) }} as varchar) as event
from events
