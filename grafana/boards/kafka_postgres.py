from panels import GOOD_AT_ZERO, RATE, Query, Row, board, lines, number

BUSY = f"sum by (statement) (rate(queueflow_postgres_statement_duration_seconds_sum{RATE}))"
CALLS = f"sum by (statement) (rate(queueflow_postgres_statement_duration_seconds_count{RATE}))"

BOARD = board(
    "queueflow-kafka-postgres", "QueueFlow: Kafka and PostgreSQL",
    "What QueueFlow depends on, as its processes see it.",
    [],
    [
        Row("Now"),
        number("Breakers not closed", "short", "Dependencies that are not asked at present, as they did not answer.",
               "count(queueflow_circuit_state > 0) or vector(0)", steps=GOOD_AT_ZERO),
        number("Waiting for a connection", "short", "Callers that wait for a connection to PostgreSQL.", "sum(queueflow_postgres_waiters)",
               steps=((None, "green"), (1, "orange"))),
        number("Connections in use", "percentunit", "Of those that the pools may have.",
               'sum(queueflow_postgres_connections{state="in_use"}) / sum(queueflow_postgres_connections_max)', steps=((None, "green"), (0.9, "orange"))),
        number("Statements", "ops", "Round trips to PostgreSQL.", f"sum({CALLS})"),
        number("Failed statements", "short", "Round trips that failed, within an hour.", "sum(increase(queueflow_postgres_statement_errors_total[1h])) or vector(0)",
               steps=((None, "green"), (1, "orange"))),
        number("Records to Kafka", "ops", "Records that Kafka has stored.", f"sum(rate(queueflow_kafka_records_delivered_total{RATE}))"),
        number("Records that failed", "short", "Records that did not reach Kafka, within an hour. Their jobs are found by the sweep.",
               "sum(increase(queueflow_kafka_records_failed_total[1h]))", steps=((None, "green"), (1, "orange"))),
        number("Lag", "short", "Records that workers have not received yet.", "sum(queueflow_kafka_consumer_lag_records)"),

        Row("PostgreSQL"),
        lines("Connections by pool", "short", "In use and idle.",
              Query("sum by (job, pool, state) (queueflow_postgres_connections)", "{{job}} {{pool}} {{state}}")),
        lines("Pools in use", "percentunit", "How much of what each pool may have is in use.",
              Query('sum by (job, pool) (queueflow_postgres_connections{state="in_use"}) / sum by (job, pool) (queueflow_postgres_connections_max)',
                    "{{job}} {{pool}}"), most=1),
        lines("Waiting for a connection", "short", "Callers that wait, by pool.", Query("sum by (job, pool) (queueflow_postgres_waiters)", "{{job}} {{pool}}")),
        lines("Time by statement", "short", "How many connections each statement keeps busy: the ten that take the most time.",
              Query(f"topk(10, {BUSY})", "{{statement}}"), stacked=True),
        lines("Mean time by statement", "s", "The ten slowest, by their mean.", Query(f"topk(10, {BUSY} / ({CALLS} > 0))", "{{statement}}")),
        lines("Calls by statement", "ops", "The ten that are made the most.", Query(f"topk(10, {CALLS})", "{{statement}}")),
        lines("Failed statements", "ops", "Round trips that failed.",
              Query(f"sum by (statement) (rate(queueflow_postgres_statement_errors_total{RATE})) or vector(0)", "{{statement}}")),
        lines("Duties", "s", "How long rounds of the schedulers' duties take, by their mean.",
              Query(f"sum by (duty) (rate(queueflow_scheduler_round_duration_seconds_sum{RATE})) / "
                    f"(sum by (duty) (rate(queueflow_scheduler_round_duration_seconds_count{RATE})) > 0)", "{{duty}}")),
        lines("Duties that fail", "ops", "Rounds of duties that failed.",
              Query(f"sum by (duty) (rate(queueflow_scheduler_round_failures_total{RATE}))", "{{duty}}")),
        lines("Figures of queues", "s", "How long reading them took last.", Query("max(queueflow_figures_collection_duration_seconds)", "reading")),
        lines("Figures that failed", "ops", "Times that the figures of queues could not be read.",
              Query(f"sum(rate(queueflow_figures_errors_total{RATE}))", "errors")),
        lines("Removed rows", "ops", "Rows that were old enough to go, by table.", Query(f"sum by (table) (rate(queueflow_removed_rows_total{RATE}))", "{{table}}")),

        Row("Kafka"),
        lines("Records", "ops", "Records that were stored, and those that did not reach Kafka.",
              Query(f"sum by (job, kind) (rate(queueflow_kafka_records_delivered_total{RATE}))", "{{job}} {{kind}}"),
              Query(f"sum by (job, kind) (rate(queueflow_kafka_records_failed_total{RATE}))", "{{job}} {{kind}} failed")),
        lines("Lag", "short", "Records that were not received yet, by topic. Records only ring: what is not heard of is found by the sweep.",
              Query("sum by (topic) (queueflow_kafka_consumer_lag_records)", "{{topic}}")),
        lines("Partitions", "short", "Assigned partitions by topic. Together they are as many as the topic has, unless there are several pools of workers.",
              Query("sum by (topic) (queueflow_kafka_consumer_partitions)", "{{topic}}")),
        lines("Errors of consumers", "ops", "By kind.", Query(f"sum by (kind) (rate(queueflow_kafka_errors_total{RATE}))", "{{kind}}")),

        Row("Breakers"),
        lines("State", "short", "0 closed, 1 half open, 2 open.", Query("max by (job, dependency) (queueflow_circuit_state)", "{{job}} {{dependency}}"), most=2),
        lines("Openings", "short", "How often each breaker opened in five minutes.",
              Query("sum by (job, dependency) (increase(queueflow_circuit_openings_total[5m]))", "{{job}} {{dependency}}")),
    ],
)
