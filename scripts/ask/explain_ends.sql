-- In: $flow.
select * from questions.ask_flow_ends where flow_id = $flow order by flow_end desc;
