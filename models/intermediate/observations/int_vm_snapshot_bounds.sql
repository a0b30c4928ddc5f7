-- The complete snapshots around each observation of a VM.
{{ snapshot_bounds(
    ref('int_vm_observations'),
    ref('int_vm_snapshots'),
    ref('stg_collectors__virtual_machines'),
    'vm_id'
) }}
