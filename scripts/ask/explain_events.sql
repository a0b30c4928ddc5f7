-- The events behind some evidence, of some resources or of what lies around them.
-- In: $evidence (texts), $resources (ids).
select evidence, event_at, operation_name, resource_id, status, is_failed, caller, caller_ip,
    file_path, file_row
from questions.ask_events
where
    list_contains($evidence, evidence)
    and exists (
        select 1
        from (select unnest($resources) as id) as resources
        where resources.id = resource_id or starts_with(resources.id, resource_id || '/')
    )
order by event_at, file_path, file_row;
