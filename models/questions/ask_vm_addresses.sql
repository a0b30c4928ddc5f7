-- Every address that each VM ever held, when, and on which NIC.
select
    vm_id,
    vm_name,
    vm_uuid,
    nic_ip as address,
    vnet_id,
    nic_id,
    nic_mac,
    window_start,
    window_end,
    window_start_latest,
    window_end_earliest,
    first_observed_at,
    last_observed_at,
    start_evidence,
    end_evidence
from {{ ref('dim_nic_ip_windows') }}
where vm_id is not null
