-- Notes how many partitions Kafka says topics have.
update topics t set partitions = p.partitions
from unnest($1::int4[], $2::int4[]) as p (id, partitions)
where t.id = p.id and t.partitions is distinct from p.partitions
