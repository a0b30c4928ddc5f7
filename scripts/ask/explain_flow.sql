-- In: $flow.
select * from questions.ask_flows where flow_id = $flow;
