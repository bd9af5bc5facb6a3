from panels import QUEUE, RATE, TENANT, TYPE, Column, Query, Row, board, heat, lines, number, quantiles, table

Q = 'tenant=~"$tenant", queue=~"$queue"'
T = 'type=~"$type"'


def now(state: str) -> str:
    return f'sum(max by (tenant, queue) (queueflow_queue_jobs{{{Q}, state="{state}"}}))'


BOARD = board(
    "queueflow-queues", "QueueFlow: queues",
    "One queue, or some: how long its jobs wait, what comes and goes, how it fails. Types are those of all queues.",
    [TENANT, QUEUE, TYPE],
    [
        Row("Now"),
        number("Oldest waiting job", "s", "How long the oldest job that may run has waited.",
               f"max(queueflow_queue_oldest_ready_age_seconds{{{Q}}})", steps=((None, "green"), (60, "orange"), (900, "red"))),
        number("Waiting", "short", "Jobs that may run and wait for a worker.", now("queued")),
        number("Running", "short", "Jobs that a worker has.", now("running")),
        number("Delayed", "short", "Jobs whose time has not come.", now("scheduled")),
        number("Retrying", "short", "Jobs that wait for their next attempt.", now("retrying")),
        number("Dead letters", "short", "Jobs that are not tried again until somebody replays them.", now("dead"),
               steps=((None, "green"), (1, "orange"))),
        number("Workers", "short", "Live workers of the queue that has the fewest.", f"min(queueflow_queue_workers{{{Q}}})",
               steps=((None, "red"), (1, "green"))),
        number("Paused", "short", "Queues that are paused.", f"sum(max by (tenant, queue) (queueflow_queue_paused{{{Q}}}))",
               steps=((None, "green"), (1, "orange"))),

        Row("Waiting"),
        lines("Oldest waiting job", "s", "A straight rise means that nothing is done. The lines are where the alerts begin.",
              Query(f"max by (tenant, queue) (queueflow_queue_oldest_ready_age_seconds{{{Q}}})", "{{tenant}}/{{queue}}"),
              limits=((None, "transparent"), (60, "orange"), (900, "red"))),
        lines("Jobs by state", "short", "What is not done yet, and the dead letters.",
              Query(f"sum by (state) (max by (tenant, queue, state) (queueflow_queue_jobs{{{Q}}}))", "{{state}}"), stacked=True),
        lines("Used of the limit", "percentunit", "What waits, as a part of what may. Beyond the limit submissions are refused.",
              Query(f'sum by (tenant, queue) (queue:queueflow_queue_jobs:max{{{Q}, state=~"scheduled|queued|retrying"}}) '
                    f"/ on (tenant, queue) queue:queueflow_queue_depth_limit:max{{{Q}}}", "{{tenant}}/{{queue}}"),
              limits=((None, "transparent"), (0.8, "orange"), (1, "red"))),
        heat("Wait", "s", "From being ready to the start, of all queues; deliberate delays are not in it.", "queueflow_job_wait_seconds"),
        heat("End to end", "s", "From being created, or due, to the end, of all queues.", "queueflow_job_end_to_end_seconds"),

        Row("In and out"),
        lines("In and out", "ops", "Jobs stored, and how they end.",
              Query(f"sum(rate(queueflow_queue_submitted_jobs_total{{{Q}}}{RATE}))", "stored"),
              Query(f"sum by (state) (rate(queueflow_queue_finished_jobs_total{{{Q}}}{RATE}))", "{{state}}")),
        lines("Growth", "ops", "Jobs stored less jobs that ended: above zero the queue grows.",
              Query(f"sum by (tenant, queue) (rate(queueflow_queue_submitted_jobs_total{{{Q}}}{RATE})) "
                    f"- sum by (tenant, queue) (rate(queueflow_queue_finished_jobs_total{{{Q}}}{RATE}))", "{{tenant}}/{{queue}}")),
        lines("Time to drain", "s", "How long the backlog takes at the present speed, if nothing more comes.",
              Query(f'max by (tenant, queue) (queueflow_queue_jobs{{{Q}, state="queued"}}) / '
                    f'(sum by (tenant, queue) (rate(queueflow_queue_finished_jobs_total{{{Q}}}{RATE})) > 0)', "{{tenant}}/{{queue}}")),

        Row("Failures"),
        lines("Attempts that fail", "percentunit", "Of all attempts of ten minutes. The line is where the alert begins.",
              Query(f"queue:queueflow_queue_failed_attempts_per_attempt:ratio_increase10m{{{Q}}}", "{{tenant}}/{{queue}}"), most=1,
              limits=((None, "transparent"), (0.2, "orange"))),
        lines("Dead letters", "short", "Dead letters by queue. They fall when somebody replays or deletes them, or retention does.",
              Query(f'max by (tenant, queue) (queueflow_queue_jobs{{{Q}, state="dead"}})', "{{tenant}}/{{queue}}")),
        lines("Deaths", "ops", "Jobs that died, by reason, of all queues.",
              Query(f"sum by (reason) (rate(queueflow_jobs_dead_total{RATE}))", "{{reason}}")),
        lines("Attempts by outcome", "ops", "Runs that ended, as recorded. lost: its worker's lease ran out; released: given back by a drain.",
              Query(f"sum by (outcome) (rate(queueflow_job_attempts_total{{{T}}}{RATE}))", "{{outcome}}"), stacked=True),
        lines("Retries by type", "ops", "Attempts that failed and are made again.",
              Query(f"sum by (type) (rate(queueflow_job_retries_total{{{T}}}{RATE}))", "{{type}}")),
        lines("Late and lost", "ops", "Backlogs that waited too long, so that workers were told; runs that were taken back from workers without a lease.",
              Query(f"sum(rate(queueflow_overdue_backlogs_total{RATE}))", "overdue backlogs"),
              Query(f"sum by (outcome) (rate(queueflow_lost_runs_total{RATE}))", "lost, {{outcome}}")),

        Row("Types"),
        heat("Run", "s", "How long runs take, until their end is on record.", f"queueflow_job_run_seconds{{{T}}}"),
        quantiles("Run by type", "How long runs take: 95 of 100 within it.", f"queueflow_job_run_seconds{{{T}}}", by="type", width=12,
                  parts=(0.95,)),
        table("Types", "What became of the jobs of each type in the last hour.", ("type",), [
            Column("attempts", "short", f"sum by (type) (increase(queueflow_job_attempts_total{{{T}}}[1h]))"),
            Column("failed", "short", f'sum by (type) (increase(queueflow_job_attempts_total{{{T}, outcome=~"failed|timed_out|lost"}}[1h]))'),
            Column("completed", "short", f'sum by (type) (increase(queueflow_jobs_finished_total{{{T}, state="completed"}}[1h]))'),
            Column("dead", "short", f'sum by (type) (increase(queueflow_jobs_finished_total{{{T}, state="dead"}}[1h]))', ((None, "green"), (1, "orange"))),
            Column("mean run", "s", f"sum by (type) (increase(queueflow_job_run_seconds_sum{{{T}}}[1h])) "
                   f"/ (sum by (type) (increase(queueflow_job_run_seconds_count{{{T}}}[1h])) > 0)"),
        ]),
    ],
)
