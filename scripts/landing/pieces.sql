-- Pieces that split.py cut: path, row, envelope and text between separators that JSON cannot hold.
insert into new_pieces
select fields[1], cast(fields[2] as bigint), fields[4], nullif(fields[3], '')
from (
    select string_split(unnest(string_split(content, chr(30))), chr(31)) as fields
    from read_text(?)
);
