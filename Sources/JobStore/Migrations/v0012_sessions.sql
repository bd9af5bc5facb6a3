-- The numbers of workers' sessions are never used twice, not even by a worker whose row went with its lease and came back with its next
-- hello: a claim that was made in the session before must not be taken for one of the new one. They begin above all that were counted.
create sequence worker_sessions as bigint start 4294967296;
alter table workers alter column session set default nextval('worker_sessions');
