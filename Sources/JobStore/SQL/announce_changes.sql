-- Tells other processes who listens to events and which jobs changed; see ChangeNotice for the texts and the channels.
select pg_notify(channel, notice) from unnest($1::text[], $2::text[]) as n (channel, notice)
