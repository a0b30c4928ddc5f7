{#- For each observation: the last complete snapshot before it, and the first one after it from
    which the resource is missing (null where it was observed again first).
    observations, snapshots, staging: relations; id: id column. A row of `staging` that states
    nothing of its resource (it is being deleted) shows that it was not missing yet; it has a row
    of its own, without a key. Windows over one ordered union: a range join of observations and
    snapshots would be quadratic. -#}
{% macro snapshot_bounds(observations, snapshots, staging, id) -%}
with

marks as (
    select
        subscription_id,
        {{ listing_group(id) }} as listing,
        {{ id }} as resource_id,
        observation_key,
        observed_at as marked_at,
        false as is_snapshot
    from {{ observations }}
    union all
    select
        {{ arm_id_part(id, 'subscriptions') }},
        {{ listing_group(id) }},
        {{ id }},
        null,
        recorded_at,
        false
    from {{ staging }}
    where {{ id }} is not null and not is_statement and not is_incomplete
    union all
    select subscription_id, listing, null, null, snapshot_at, true from {{ snapshots }}
),

ordered as (
    select
        *,
        -- snapshots first at one moment: the next one is strictly later
        min(case when is_snapshot then marked_at end) over (
            partition by subscription_id, listing
            order by marked_at, case when is_snapshot then 0 else 1 end
            rows between 1 following and unbounded following
        ) as next_snapshot_at,
        max(case when is_snapshot then marked_at end) over (
            partition by subscription_id, listing
            order by marked_at, case when is_snapshot then 1 else 0 end
            rows between unbounded preceding and 1 preceding
        ) as previous_snapshot_at,
        lead(marked_at) over (
            partition by resource_id, is_snapshot order by marked_at
        ) as next_observed_at
    from marks
)

select
    observation_key,
    resource_id as {{ id }},
    previous_snapshot_at,
    case
        when next_observed_at is null or next_observed_at > next_snapshot_at then next_snapshot_at
    end as missing_at
from ordered
where not is_snapshot
{%- endmacro %}
