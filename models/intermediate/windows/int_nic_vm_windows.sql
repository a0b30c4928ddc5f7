-- Which VM, and which incarnation of it, each NIC belonged to, when: all of time per NIC.
with

links as (
    select * from {{ ref('int_nic_vm_links') }}
),

incarnations as (
    select * from {{ ref('int_vm_uuid_windows') }}
)

select
    links.nic_id,
    links.vm_id,
    links.is_vm_unknown,
    incarnations.vm_uuid,
    {{ greatest_known() }}(
        links.window_start, coalesce(incarnations.window_start, links.window_start)
    )
        as window_start,
    {{ least_known() }}(links.window_end, coalesce(incarnations.window_end, links.window_end))
        as window_end,
    -- one incarnation went and another came without a delete: somewhere in between there was none
    case
        when incarnations.is_between_incarnations then {{ open_end() }} else links.first_observed_at
    end
        as confirmed_from,
    case when links.is_end_exact then links.window_end else links.last_observed_at end
        as confirmed_until,
    case
        when links.is_end_exact or links.window_end = {{ open_end() }} then {{ open_end() }}
        else links.last_observed_at
    end as extended_after,
    links.start_evidence,
    links.end_evidence
from links
left join incarnations
    on links.vm_id = incarnations.vm_id and {{ windows_overlap('links', 'incarnations') }}
