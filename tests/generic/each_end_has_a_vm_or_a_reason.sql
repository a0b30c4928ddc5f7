{% test each_end_has_a_vm_or_a_reason(model) %}
-- Both ends: a VM with method and evidence and one candidate, or no VM and exactly one reason.
select flow_id
from {{ model }}
where
{%- for end in ['src', 'dst'] %}
    case
        when {{ end }}_vm_id is null
            then {{ end }}_unmatched_reason is null
                or {{ end }}_match_method is not null
                or {{ end }}_evidence is not null
                or {{ end }}_vm_uuid is not null
        else {{ end }}_unmatched_reason is not null
            or {{ end }}_match_method is null
            or {{ end }}_evidence is null
            or {{ end }}_nic_id is null
            or {{ end }}_candidates <> 1
    end
    {%- if not loop.last %}
    or{% endif %}
    {%- endfor %}
{% endtest %}
