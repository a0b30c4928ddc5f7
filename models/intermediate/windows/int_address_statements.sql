-- Each statement that a NIC held an address, with its place in what happened to that NIC.
with

timeline as (
    select * from {{ ref('int_nic_timeline') }}
    where not is_end
),

addresses as (
    select * from {{ ref('int_nic_statement_addresses') }}
),

counted as (
    select
        *,
        count(*) over (
            partition by statement_key, case when nic_ip like '%:%' then 6 else 4 end
        ) as addresses_of_family
    from addresses
)

select
    counted.vnet_id,
    counted.nic_ip,
    timeline.nic_id,
    timeline.era,
    timeline.event_seq,
    timeline.event_at,
    timeline.next_event_at,
    -- one of several addresses may have been given up before its NIC was deleted
    timeline.next_is_exact and counted.addresses_of_family = 1 as next_is_exact,
    timeline.next_evidence,
    timeline.evidence,
    timeline.reach_back_to
from timeline
inner join counted on timeline.observation_key = counted.statement_key
