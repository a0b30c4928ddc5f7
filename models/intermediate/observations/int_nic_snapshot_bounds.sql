-- The complete snapshots around each observation of a NIC.
{{ snapshot_bounds(
    ref('int_nic_observations'),
    ref('int_nic_snapshots'),
    ref('stg_collectors__network_interfaces'),
    'nic_id'
) }}
