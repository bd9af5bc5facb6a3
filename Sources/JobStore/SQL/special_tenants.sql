-- The tenants that are not like all others: those that rest and those that have limits of their own. Reads tenants_special.
select name, state, limits::text as limits from tenants where state <> 'active' or limits <> '{}'
