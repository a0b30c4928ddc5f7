-- Empty tables for the pieces and rejects of one batch.
create or replace temp table new_pieces (
    file_path varchar, file_row bigint, record varchar, envelope varchar
);

create or replace temp table new_rejected (
    file_path varchar,
    file_row bigint,
    record_key varchar,
    flow_index bigint,
    group_index bigint,
    tuple_index bigint,
    reason varchar,
    excerpt varchar
);
