-- Notes that a scheduler keeps the figures, and for how many milliseconds the oldest job waits ($1; null for none); and tells whether a minute
-- has passed that it has not written yet, and how long the present one lasts. Of one row.
update figure_keeping set seen_at = now(), oldest_at = now() - $1::int8 * interval '1 ms' where only_row
returning closed <> date_trunc('minute', now()) - interval '1 minute' as is_due,
          extract(epoch from date_trunc('minute', now()) + interval '1 minute' - now())::float8 as seconds_left
