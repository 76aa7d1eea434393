-- Where the order stands in FACTS: what tells which of two orders is the later one, whatever clocks said. Null for what
-- projectors do by themselves, and for orders noted before this column was there.
ALTER TABLE builds ADD COLUMN ordered_seq bigint;
