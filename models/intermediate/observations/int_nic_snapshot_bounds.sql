-- The complete snapshots around each observation of a NIC.
{{ snapshot_bounds(ref('int_nic_observations'), ref('int_nic_snapshots'), 'nic_id') }}
