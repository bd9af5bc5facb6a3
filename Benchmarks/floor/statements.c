// The statements that a job costs, by libpq and nothing else: in a batch each, stored, granted to a worker, completed, the claim batch closed.
//
//   statements CONNINFO FOLDER BATCH COUNT
//
// FOLDER holds the stack's own .sql files; the database is the stack's, with no worker. Prints jobs a second and this program's CPU in
// microseconds a job.
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static const char *worker = "00000000-0000-7000-8000-0000000000ff";
static PGconn *connection;
static long long next;

static void stop(const char *what) {
    fprintf(stderr, "statements: %s: %s\n", what, PQerrorMessage(connection));
    exit(1);
}

static void prepare(const char *folder, const char *name) {
    char path[4096], text[32768];
    snprintf(path, sizeof path, "%s/%s.sql", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) stop(path);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    PGresult *result = PQprepare(connection, name, text, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) stop(name);
    PQclear(result);
}

// An array of `count` elements, each as printf has it of its number from `first` on.
static char *array(int count, const char *format, long long first) {
    char *text = malloc((size_t)count * 48 + 3), *end = text;
    *end++ = '{';
    for (int i = 0; i < count; i++) {
        if (i) *end++ = ',';
        end += snprintf(end, 47, format, first + i);
    }
    strcpy(end, "}");
    return text;
}

static PGresult *execute(const char *name, int count, const char *const *values) {
    PGresult *result = PQexecPrepared(connection, name, count, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) stop(name);
    return result;
}

static void batch(int size, const char *session) {
    char *ids = array(size, "00000000-0000-7000-9000-%012llx", next);
    next += size;
    char *ones = array(size, "1", 0), *nulls = array(size, "null", 0), *workers = array(size, worker, 0), *sessions = array(size, session, 0);
    char *tenants = array(size, "default", 0), *queues = array(size, "floor", 0), *types = array(size, "noop", 0), *normal = array(size, "normal", 0);
    char *payloads = array(size, "null", 0), *objects = array(size, "\"{}\"", 0), *attempts = array(size, "5", 0);
    PQclear(execute("insert_jobs", 14, (const char *const[]){ids, tenants, queues, types, normal, objects, attempts, nulls, nulls, nulls, nulls,
                                                            nulls, nulls, nulls}));
    PGresult *granted = execute("grant_runs", 16, (const char *const[]){ids, ones, workers, sessions, "{}", "{}", "{}", "{}", "{}", "{}", "{}",
                                                                       "{}", "{}", "{}", "{}", "1000000000"});
    if (PQntuples(granted) != size) stop("not all were granted");
    char claim[64], holder[64];
    snprintf(claim, sizeof claim, "{%s}", PQgetvalue(granted, 0, PQfnumber(granted, "batch_id")));
    snprintf(holder, sizeof holder, "{%s}", worker);
    PQclear(granted);
    PQclear(execute("complete_jobs", 6, (const char *const[]){ids, ones, ones, payloads, holder, "f"}));
    PQclear(execute("close_claim_batches", 2, (const char *const[]){claim, holder}));
    char *all[] = {ids, ones, nulls, workers, sessions, tenants, queues, types, normal, payloads, objects, attempts};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

int main(int argumentCount, char **arguments) {
    if (argumentCount != 5) {
        fputs("usage: statements CONNINFO FOLDER BATCH COUNT\n", stderr);
        return 2;
    }
    connection = PQconnectdb(arguments[1]);
    if (PQstatus(connection) != CONNECTION_OK) stop("connect");
    // As the stack's own connections for changes have it (DatabasePools).
    PGresult *planning = PQexec(connection, "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; "
                                            "set enable_mergejoin = off; set jit = off");
    if (PQresultStatus(planning) != PGRES_COMMAND_OK) stop("set");
    PQclear(planning);
    const char *names[] = {"insert_jobs", "grant_runs", "complete_jobs", "close_claim_batches"};
    for (int i = 0; i < 4; i++) prepare(arguments[2], names[i]);
    int size = atoi(arguments[3]);
    long long count = atoll(arguments[4]);
    const char *hello[] = {worker};
    PGresult *result = PQexecParams(connection,
        "insert into workers (id, name, slots, types, lease_until) values ($1::uuid, 'floor', 1, '{noop}', now() + interval '1 day') "
        "on conflict (id) do update set lease_until = excluded.lease_until "
        "returning session, (select count(*) from jobs_finished where queue = 'floor')", 1, NULL, hello, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) stop("the worker's row");
    char session[32];
    snprintf(session, sizeof session, "%s", PQgetvalue(result, 0, 0));
    next = atoll(PQgetvalue(result, 0, 1));
    PQclear(result);
    double begin = now();
    for (long long done = 0; done < count; done += size) batch(size, session);
    double seconds = now() - begin;
    report(count, seconds);
    PQfinish(connection);
    return 0;
}
