-- Forgets claim batches whose jobs have all ended.
delete from claim_batches where id = any ($1::int8[])
