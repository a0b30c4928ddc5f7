-- What was typed as an address, where the view that spells and judges addresses finds it.
-- In: $written.
attach ':memory:' as asked_rows (read_write);

create schema asked_rows.intermediate;

create schema asked_rows.questions;

create table asked_rows.intermediate.int_asked_addresses as select $written as address;

create table asked_rows.intermediate.int_special_prefixes as
    from intermediate.int_special_prefixes;
