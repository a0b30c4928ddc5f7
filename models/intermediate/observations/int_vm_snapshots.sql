-- Snapshots from which a missing VM is gone.
{{ complete_snapshots(ref('stg_collectors__virtual_machines'), 'virtual_machines', 'vm_id') }}
