-- The address that was typed, as the models spell it, and what it is by itself.
select address, hex, kind from questions.ask_address_kinds;
