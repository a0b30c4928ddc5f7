-- Which VM each NIC belonged to, when: all of time, with a null VM where it belonged to none.
with

timeline as (
    select
        *,
        -- a source that never names the VM of a NIC does not say "detached" by leaving it out
        max(vm_id) over (partition by nic_id, source) is not null as source_names_vms
    from {{ ref('int_nic_timeline') }}
),

vm_observations as (
    select * from {{ ref('int_vm_observations') }}
),

vm_bounds as (
    select * from {{ ref('int_vm_snapshot_bounds') }}
),

vm_nics as (
    select * from {{ ref('int_vm_statement_nics') }}
),

vm_ends as (
    select * from {{ ref('int_vm_ends') }}
),

lossy_subscriptions as (
    select * from {{ ref('int_lossy_subscriptions') }}
),

-- a body that leaves out the VM, by a source that names those of other NICs: it has none
detached as (
    select
        nic_id,
        observed_at
    from (
        select
            *,
            -- the NICs of scale sets name theirs by their id
            max(case when nic_id not like '%/virtualmachinescalesets/%' then vm_id end) over (
                partition by subscription_id, source
            ) is not null as source_names_vms
        from {{ ref('int_nic_observations') }}
    ) as observations
    where vm_id is null and source_names_vms and not is_vm_hidden
),

-- bodies that hide their VM say neither that there is one nor that there is none
hidden as (
    select observation_key from {{ ref('int_nic_observations') }}
    where is_vm_hidden
),

-- every pair that was ever named, by whichever side
pairs as (
    select
        nic_id,
        vm_id
    from timeline
    where vm_id is not null
    union distinct
    select
        nic_id,
        vm_id
    from vm_nics
),

-- one row per statement about the VM of a NIC; left_vm_id: that VM alone let go of it
events as (
    select
        nic_id,
        event_at,
        vm_id,
        cast(null as varchar) as left_vm_id,
        is_exact,
        -- lives and incarnations: nothing is carried over from one to the next
        life * 1000000 + era as era,
        false as is_vm_end,
        false as is_proof,
        source,
        evidence,
        previous_snapshot_at,
        case
            when is_end then 2
            when source = 'collector' then case when vm_id is null then 0 else 1 end
            when vm_id is null then 3
            else 4
        end as moment_order
    from (
        select
            timeline.*,
            bounds.previous_snapshot_at
        from timeline
        left join {{ ref('int_nic_snapshot_bounds') }} as bounds using (observation_key)
        left join hidden using (observation_key)
        where hidden.observation_key is null
    ) as nic_events
    where is_end or vm_id is not null or source_names_vms

    union all

    select
        vm_nics.nic_id,
        vm_observations.observed_at,
        vm_observations.vm_id,
        null,
        vm_observations.source = 'operation_log',
        null,
        false,
        false,
        vm_observations.source,
        vm_observations.evidence,
        vm_bounds.previous_snapshot_at,
        case when vm_observations.source = 'collector' then 1 else 4 end
    from vm_observations
    inner join vm_bounds using (observation_key)
    inner join vm_nics on vm_observations.observation_key = vm_nics.statement_key

    union all

    -- a VM that lists its NICs without this one
    select
        pairs.nic_id,
        vm_observations.observed_at,
        null,
        vm_observations.vm_id,
        vm_observations.source = 'operation_log',
        null,
        false,
        false,
        vm_observations.source,
        vm_observations.evidence,
        null,
        case when vm_observations.source = 'collector' then 0 else 3 end
    from vm_observations
    inner join pairs using (vm_id)
    left join vm_nics
        on
            vm_observations.observation_key = vm_nics.statement_key
            and pairs.nic_id = vm_nics.nic_id
    where vm_observations.states_nics and vm_nics.nic_id is null

    union all

    select
        pairs.nic_id,
        vm_ends.ended_at,
        null,
        vm_ends.vm_id,
        vm_ends.is_exact,
        null,
        coalesce(vm_ends.is_exact, false),
        vm_ends.is_exact and not coalesce(lossy_subscriptions.has_lost_deletes, false),
        'end',
        vm_ends.evidence,
        null,
        2
    from vm_ends
    inner join pairs using (vm_id)
    left join lossy_subscriptions
        on {{ arm_id_part('vm_ends.vm_id', 'subscriptions') }} = lossy_subscriptions.subscription_id

    union all

    -- another NIC under the same name: whatever VM the former one had, it has not
    select
        nic_id,
        event_at,
        null,
        null,
        false,
        life * 1000000 + era,
        false,
        false,
        'end',
        evidence,
        null,
        -1
    from timeline
    where is_other_nic
),

ordered as (
    select
        *,
        row_number() over (
            partition by nic_id
            order by event_at, moment_order, vm_id, left_vm_id, source, evidence, era
        ) as event_seq,
        -- a VM's own write: what it names may well begin with it
        vm_id is not null and is_exact and era is null as is_attachment
    from events
),

-- a VM that lets go of a NIC ends only its own link: the NIC may be another's by then
effective as (
    select *
    from (
        select
            *,
            {{ last_known('era', 'partition by nic_id order by event_seq
                rows between unbounded preceding and current row') }}
                as known_era,
            {{ last_known("case when left_vm_id is null then coalesce(vm_id, '') end",
                'partition by nic_id order by event_seq rows between unbounded preceding and current row') }}
                as vm_so_far
        from ordered
    ) as followed
    where left_vm_id is null or left_vm_id = vm_so_far
),

runs as (
    select
        *,
        sum(case when is_same then 0 else 1 end) over (
            partition by nic_id order by event_seq rows unbounded preceding
        ) as run_no
    from (
        select
            *,
            -- the same VM on the same incarnation of the NIC
            coalesce(
                coalesce(vm_id, '') = lag(coalesce(vm_id, ''))
                    over (
                        partition by nic_id order by event_seq
                    )
                and coalesce(known_era, 0) = lag(coalesce(known_era, 0)) over (
                    partition by nic_id order by event_seq
                ),
                false
            ) as is_same
        from effective
    ) as compared
),

-- one row per run of the same VM, or of none
links as (
    select
        nic_id,
        run_no,
        max(vm_id) as vm_id,
        min(coalesce(known_era, 0)) as era,
        min(event_at) as first_observed_at,
        max(event_at) as last_observed_at,
        {{ earliest_known('is_exact', 'event_seq') }} as is_start_exact,
        {{ earliest_known('is_vm_end', 'event_seq') }} as is_vm_end,
        {{ earliest_known('is_proof', 'event_seq') }} as is_proof,
        {{ earliest_known('is_attachment', 'event_seq') }} as is_attachment,
        {{ earliest_known('source', 'event_seq') }} as first_source,
        {{ earliest_known('evidence', 'event_seq') }} as evidence,
        {{ earliest_known(
            'coalesce(previous_snapshot_at, ' ~ beginning_of_time() ~ ')', 'event_seq'
        ) }} as previous_snapshot_at
    from runs
    group by nic_id, run_no
),

placed as (
    select
        *,
        lag(vm_id) over (partition by nic_id order by run_no) as previous_vm_id,
        lag(last_observed_at) over (partition by nic_id order by run_no) as previous_observed_at,
        lead(vm_id) over (partition by nic_id order by run_no) as next_vm_id,
        lead(is_attachment) over (partition by nic_id order by run_no) as next_is_attachment,
        lead(era) over (partition by nic_id order by run_no) as next_era,
        count(vm_id) over (partition by nic_id, era order by run_no rows unbounded preceding)
            as vms_so_far,
        lead(first_observed_at) over (partition by nic_id order by run_no) as next_observed_at,
        lead(is_start_exact) over (partition by nic_id order by run_no) as next_is_exact,
        lead(previous_snapshot_at) over (partition by nic_id order by run_no)
            as next_previous_snapshot_at,
        -- only the VM's own end says that the link lasted until then
        lead(is_proof) over (partition by nic_id order by run_no) as next_is_proof,
        lead(evidence) over (partition by nic_id order by run_no) as next_evidence
    from links
),

-- a link that the collector saw first was there before, back to what last said otherwise
reaching as (
    select
        *,
        case
            when vm_id is null or first_source <> 'collector' or previous_vm_id is not null
                then first_observed_at
            else {{ greatest_known() }}(
                    coalesce(previous_observed_at, {{ beginning_of_time() }}),
                    {{ least_known() }}(previous_snapshot_at, first_observed_at)
                )
        end as started_at,
        -- two VMs, and nothing says when the one became the other
        case
            when vm_id is not null and next_vm_id <> vm_id and not next_is_exact
                then {{ greatest_known() }}(last_observed_at, next_previous_snapshot_at)
                    + interval '1 millisecond'
        end as doubtful_from
    from placed
),

all_nics as (
    select nic_id from events
    union distinct
    select nic_id from timeline
),

all_windows as (
    select
        nic_id,
        vm_id,
        false as is_vm_unknown,
        started_at as window_start,
        {{ least_known() }}(
            coalesce(lead(started_at) over (partition by nic_id order by run_no), {{ open_end() }}),
            coalesce(doubtful_from, {{ open_end() }})
        ) as window_end,
        first_observed_at,
        last_observed_at,
        coalesce(next_is_proof, false) as is_end_exact,
        evidence as start_evidence,
        next_evidence as end_evidence,
        -- the first VM that a NIC is said to have, ever or since its last one was deleted
        case
            when vm_id is null and next_era = era and (vms_so_far = 0 or is_vm_end)
                and not next_is_attachment
                then next_vm_id
        end
            as first_vm_id,
        next_observed_at as first_vm_observed_at
    from reaching

    union all

    select
        nic_id,
        null,
        true,
        doubtful_from,
        next_observed_at,
        null,
        null,
        false,
        evidence,
        next_evidence,
        null,
        null
    from reaching
    where doubtful_from < next_observed_at

    union all

    -- before the first statement, or where there is none: no VM is known
    select
        nics.nic_id,
        null,
        false,
        {{ beginning_of_time() }},
        coalesce(min(reaching.started_at), {{ open_end() }}),
        null,
        null,
        false,
        null,
        null,
        {{ earliest_known(
            'case when not reaching.is_attachment then reaching.vm_id end', 'reaching.run_no'
        ) }},
        min(reaching.first_observed_at)
    from all_nics as nics
    left join reaching on nics.nic_id = reaching.nic_id
    group by nics.nic_id
),

windows as (
    select * from all_windows
    where window_start < window_end
),

-- a NIC that writes flow logs has a VM, though no source names it
captured as (
    select
        windows.nic_id,
        windows.window_start,
        min(captures.captured_at) as captured_at
    from windows
    inner join {{ ref('int_nic_captures') }} as captures
        on windows.nic_id = captures.nic_id and {{ in_window('captures.captured_at', 'windows') }}
    where windows.vm_id is null and not windows.is_vm_unknown
    group by windows.nic_id, windows.window_start
),

split as (
    select
        windows.nic_id,
        windows.vm_id,
        windows.is_vm_unknown,
        windows.window_start,
        coalesce(captured.captured_at, windows.window_end) as window_end,
        windows.first_observed_at,
        windows.last_observed_at,
        windows.is_end_exact,
        windows.start_evidence,
        windows.end_evidence
    from windows
    left join captured using (nic_id, window_start)

    union all

    -- the VM that is named on the NIC first was there already; else it is not known which
    select
        windows.nic_id,
        windows.first_vm_id,
        windows.first_vm_id is null,
        captured.captured_at,
        windows.window_end,
        case when windows.first_vm_id is not null then windows.first_vm_observed_at end,
        case when windows.first_vm_id is not null then windows.first_vm_observed_at end,
        false,
        windows.start_evidence,
        windows.end_evidence
    from windows
    inner join captured using (nic_id, window_start)
),

-- the NIC of a private endpoint or private-link service never is a VM's
private_links as (
    select distinct nic_id from {{ ref('int_nic_observations') }}
    where is_private_link
),

-- where events got lost, "no VM" is known from one body that says so to the next, not beyond:
-- a VM may have come unseen, or the NIC have gone after its VM
with_doubt as (
    select
        split.*,
        split.vm_id is null
        and not split.is_vm_unknown
        and lossy_subscriptions.subscription_id is not null
        and private_links.nic_id is null as is_doubtful,
        min(detached.observed_at) as first_detached_at,
        max(detached.observed_at) as last_detached_at
    from split
    left join lossy_subscriptions
        on {{ arm_id_part('split.nic_id', 'subscriptions') }} = lossy_subscriptions.subscription_id
    left join private_links on split.nic_id = private_links.nic_id
    left join detached
        on split.nic_id = detached.nic_id and {{ in_window('detached.observed_at', 'split') }}
    group by all
),

pieces as (
    select
        nic_id,
        vm_id,
        is_vm_unknown,
        case when is_doubtful then first_detached_at else window_start end as window_start,
        case when is_doubtful then last_detached_at else window_end end as window_end,
        first_observed_at,
        last_observed_at,
        is_end_exact,
        start_evidence,
        end_evidence
    from with_doubt

    union all

    select
        nic_id,
        null,
        true,
        window_start,
        coalesce(first_detached_at, window_end),
        null,
        null,
        false,
        start_evidence,
        end_evidence
    from with_doubt
    where is_doubtful

    union all

    select
        nic_id,
        null,
        true,
        last_detached_at,
        window_end,
        null,
        null,
        false,
        start_evidence,
        end_evidence
    from with_doubt
    where is_doubtful
)

select * from pieces
where window_start < window_end
