-- Snapshots from which a missing NIC is gone.
{{ complete_snapshots(ref('stg_collectors__network_interfaces'), 'network_interfaces', 'nic_id') }}
