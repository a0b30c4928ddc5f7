-- Every flow as an OCSF 1.7 event of class 4001, Network Activity: a column is called by its path,
-- with __ for the dot; `event` is the same as one JSON text, which is what pipelines take.
{% set paths = [
    'metadata__uid', 'time', 'metadata__logged_time', 'metadata__processed_time', 'class_uid',
    'class_name', 'category_uid', 'category_name', 'activity_id', 'activity_name', 'type_uid',
    'type_name', 'severity_id', 'severity', 'action_id', 'action', 'disposition_id', 'disposition',
    'metadata__version', 'metadata__product__name', 'metadata__product__vendor_name',
    'metadata__log_name', 'metadata__log_version', 'metadata__tenant_uid', 'src_endpoint__ip',
    'src_endpoint__port', 'src_endpoint__name', 'src_endpoint__uid', 'src_endpoint__instance_uid',
    'src_endpoint__interface_uid', 'src_endpoint__vpc_uid', 'src_endpoint__mac',
    'dst_endpoint__ip', 'dst_endpoint__port', 'dst_endpoint__name', 'dst_endpoint__uid',
    'dst_endpoint__instance_uid', 'dst_endpoint__interface_uid', 'dst_endpoint__vpc_uid',
    'dst_endpoint__mac', 'connection_info__protocol_num', 'connection_info__protocol_name',
    'connection_info__protocol_ver_id', 'connection_info__direction_id',
    'connection_info__direction', 'connection_info__boundary_id', 'connection_info__boundary',
    'observation_point_id', 'observation_point', 'firewall_rule__name', 'traffic__bytes',
    'traffic__bytes_in', 'traffic__bytes_out', 'traffic__packets', 'traffic__packets_in',
    'traffic__packets_out', 'cloud__provider', 'cloud__region', 'cloud__account__uid',
    'unmapped__log_format',
    'unmapped__direction', 'unmapped__flow_state', 'unmapped__encryption', 'unmapped__acl_id',
    'unmapped__flow_log_resource_id', 'unmapped__vnet_id', 'unmapped__capture__mac',
    'unmapped__capture__nic_id', 'unmapped__capture__vm_id', 'unmapped__capture__vm_name',
    'unmapped__src__address', 'unmapped__src__match_method', 'unmapped__src__evidence',
    'unmapped__src__unmatched_reason', 'unmapped__src__candidates', 'unmapped__dst__address',
    'unmapped__dst__match_method', 'unmapped__dst__evidence', 'unmapped__dst__unmatched_reason',
    'unmapped__dst__candidates'
] %}
with

flows as (
    select
        *,
        -- a denied flow was refused, whatever its state; version 1 has no state
        case
            when action = 'denied' then 5
            when flow_state = 'begin' then 1
            when flow_state = 'end' then 2
            else 6
        end as activity_id,
        case
            when action = 'denied' then 'Refuse'
            when flow_state = 'begin' then 'Open'
            when flow_state = 'end' then 'Close'
            else 'Traffic'
        end as activity_name
    from {{ ref('int_flow_endpoints') }}
),

events as (
    select
        -- key
        cast(flow_id as varchar) as metadata__uid,
        -- time, milliseconds since 1970
        cast({{ epoch_milliseconds('event_at') }} as bigint) as time,
        cast({{ epoch_milliseconds('recorded_at') }} as bigint) as metadata__logged_time,
        cast({{ epoch_milliseconds('loaded_at') }} as bigint) as metadata__processed_time,
        -- what happened
        cast(4001 as integer) as class_uid,
        cast('Network Activity' as varchar) as class_name,
        cast(4 as integer) as category_uid,
        cast('Network Activity' as varchar) as category_name,
        cast(activity_id as integer) as activity_id,
        cast(activity_name as varchar) as activity_name,
        cast(400100 + activity_id as bigint) as type_uid,
        cast('Network Activity: ' || activity_name as varchar) as type_name,
        cast(1 as integer) as severity_id,
        cast('Informational' as varchar) as severity,
        cast(case action when 'denied' then 2 else 1 end as integer) as action_id,
        cast(case action when 'denied' then 'Denied' else 'Allowed' end as varchar) as action,
        cast(case action when 'denied' then 2 else 1 end as integer) as disposition_id,
        cast(case action when 'denied' then 'Blocked' else 'Allowed' end as varchar) as disposition,
        -- who says so
        cast('1.7.0' as varchar) as metadata__version,
        cast(
            case log_format
                when 'vnet_v4' then 'Azure VNet flow logs' else 'Azure NSG flow logs'
            end as varchar
        ) as metadata__product__name,
        cast('Microsoft' as varchar) as metadata__product__vendor_name,
        cast(
            case log_format
                when 'vnet_v4' then 'FlowLogFlowEvent' else 'NetworkSecurityGroupFlowEvent'
            end as varchar
        ) as metadata__log_name,
        cast(case log_format when 'vnet_v4' then '4' when 'nsg_v2' then '2' else '1' end as varchar)
            as metadata__log_version,
        cast(tenant_id as varchar) as metadata__tenant_uid,
        -- source end; one whose address nobody can read is no endpoint
        cast(case when src_kind <> 'invalid_address' then src_ip end as varchar)
            as src_endpoint__ip,
        cast(case when src_kind <> 'invalid_address' then src_port end as integer)
            as src_endpoint__port,
        cast(src_vm_name as varchar) as src_endpoint__name,
        cast(src_vm_id as varchar) as src_endpoint__uid,
        cast(src_vm_uuid as varchar) as src_endpoint__instance_uid,
        cast(src_nic_id as varchar) as src_endpoint__interface_uid,
        cast(src_vnet_id as varchar) as src_endpoint__vpc_uid,
        cast(src_mac as varchar) as src_endpoint__mac,
        -- destination end
        cast(case when dst_kind <> 'invalid_address' then dst_ip end as varchar)
            as dst_endpoint__ip,
        cast(case when dst_kind <> 'invalid_address' then dst_port end as integer)
            as dst_endpoint__port,
        cast(dst_vm_name as varchar) as dst_endpoint__name,
        cast(dst_vm_id as varchar) as dst_endpoint__uid,
        cast(dst_vm_uuid as varchar) as dst_endpoint__instance_uid,
        cast(dst_nic_id as varchar) as dst_endpoint__interface_uid,
        cast(dst_vnet_id as varchar) as dst_endpoint__vpc_uid,
        cast(dst_mac as varchar) as dst_endpoint__mac,
        -- connection
        cast(protocol as integer) as connection_info__protocol_num,
        cast(lower(protocol_name) as varchar) as connection_info__protocol_name,
        cast(ip_version as integer) as connection_info__protocol_ver_id,
        cast(
            case crossing
                when 'inbound' then 1 when 'outbound' then 2 when 'internal' then 3 else 0
            end as integer
        ) as connection_info__direction_id,
        cast(
            case crossing
                when 'inbound' then 'Inbound' when 'outbound' then 'Outbound'
                when 'internal' then 'Lateral' else 'Unknown'
            end as varchar
        ) as connection_info__direction,
        cast(
            case
                when src_vnet_id = dst_vnet_id then 4 when crossing = 'internal' then 2
            end as integer
        ) as connection_info__boundary_id,
        cast(
            case
                when src_vnet_id = dst_vnet_id then 'Same VPC'
                when crossing = 'internal' then 'Internal'
            end as varchar
        ) as connection_info__boundary,
        cast(
            case captured_end
                when 'source' then 1 when 'destination' then 2 when 'neither' then 3 else 0
            end as integer
        ) as observation_point_id,
        cast(
            case captured_end
                when 'source' then 'Source' when 'destination' then 'Destination'
                when 'neither' then 'Neither' else 'Unknown'
            end as varchar
        ) as observation_point,
        cast(rule_name as varchar) as firewall_rule__name,
        -- measures
        cast(bytes_src_to_dst + bytes_dst_to_src as bigint) as traffic__bytes,
        cast(bytes_dst_to_src as bigint) as traffic__bytes_in,
        cast(bytes_src_to_dst as bigint) as traffic__bytes_out,
        cast(packets_src_to_dst + packets_dst_to_src as bigint) as traffic__packets,
        cast(packets_dst_to_src as bigint) as traffic__packets_in,
        cast(packets_src_to_dst as bigint) as traffic__packets_out,
        -- where
        cast('Azure' as varchar) as cloud__provider,
        cast(region as varchar) as cloud__region,
        cast(subscription_id as varchar) as cloud__account__uid,
        -- how it is known, and what OCSF has no place for
        cast(log_format as varchar) as unmapped__log_format,
        cast(direction as varchar) as unmapped__direction,
        cast(flow_state as varchar) as unmapped__flow_state,
        cast(encryption as varchar) as unmapped__encryption,
        cast(acl_id as varchar) as unmapped__acl_id,
        cast(flow_log_resource_id as varchar) as unmapped__flow_log_resource_id,
        cast(vnet_id as varchar) as unmapped__vnet_id,
        cast(capture_mac as varchar) as unmapped__capture__mac,
        cast(capture_nic_id as varchar) as unmapped__capture__nic_id,
        cast(capture_vm_id as varchar) as unmapped__capture__vm_id,
        cast(capture_vm_name as varchar) as unmapped__capture__vm_name,
        cast(case when src_kind = 'invalid_address' then src_ip end as varchar)
            as unmapped__src__address,
        cast(src_match_method as varchar) as unmapped__src__match_method,
        cast(src_evidence as varchar) as unmapped__src__evidence,
        cast(src_unmatched_reason as varchar) as unmapped__src__unmatched_reason,
        cast(src_candidates as integer) as unmapped__src__candidates,
        cast(case when dst_kind = 'invalid_address' then dst_ip end as varchar)
            as unmapped__dst__address,
        cast(dst_match_method as varchar) as unmapped__dst__match_method,
        cast(dst_evidence as varchar) as unmapped__dst__evidence,
        cast(dst_unmatched_reason as varchar) as unmapped__dst__unmatched_reason,
        cast(dst_candidates as integer) as unmapped__dst__candidates
    from flows
)

select
    *,
    cast(
        {{ json_text(nested_json(
            paths, {'metadata__profiles': json_parse("'[\"cloud\", \"security_control\"]'")}
        ), []) }} as varchar
    ) as event
from events
