-- This project.
select flow_id, 'src' as side, src_vm_id as vm_id, src_vm_uuid as vm_uuid,
    src_evidence as evidence, src_unmatched_reason as reason
from marts.fct_flows
union all
select flow_id, 'dst', dst_vm_id, dst_vm_uuid, dst_evidence, dst_unmatched_reason
from marts.fct_flows
