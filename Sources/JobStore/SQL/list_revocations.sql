-- What was revoked lately. Relies on revocations_at.
select kind, subject, epoch from revocations where at > now() - $1::int8 * interval '1 millisecond'
