-- What: detection_thresholds has not exactly one row, or a threshold in it is empty or too small.
-- When it matters: always; without a row, or with an empty cell, detections tell nothing and say
--     nothing of it, with two rows they tell everything twice.
-- How to resolve: mend seeds/detection_thresholds.csv, and run dbt seed or a build.
with

thresholds as (
    select * from {{ ref('detection_thresholds') }}
),

counted as (
    select
        count(*) as rows_there,
        count(
            case
                when
                    first_contact_past_hours >= 0
                    and fan_out_minutes >= 1
                    and fan_out_addresses >= 1
                    and denied_burst_minutes >= 1
                    and denied_burst_attempts >= 1
                    and beacon_contacts >= 3
                    and beacon_seconds >= 1
                    and beacon_jitter_percent >= 0
                    and egress_past_hours >= 1
                    and egress_megabytes >= 0
                    and egress_factor >= 0
                    then 1
            end
        ) as rows_set
    from thresholds
)

select * from counted
where rows_there <> 1 or rows_set <> 1
