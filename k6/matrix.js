// One line of the matrix of workers: CLIENTS (128) clients submit a job each and wait for its end, again and again. `k6/matrix` runs it with 1, 2, 4
// and 8 workers.
import http from 'k6/http';
import { fail, sleep } from 'k6';
import { Trend } from 'k6/metrics';
import { parameters, run } from './lib/jobs.js';
import { administration, explain, login, setup as begin, teardown as end } from './lib/session.js';
import { seconds, settings, trendStats } from './lib/settings.js';
import { figures, summaryOf } from './lib/summary.js';

const workers = Number(__ENV.WORKERS || 1);
const clients = Number(__ENV.CLIENTS || 128);
/** When jobs were found to have ended: what throughput is reckoned from, as the run also has a beginning and an end. */
const ends = new Trend('ends');
const job = { type: __ENV.TYPE || 'sleep', payload: JSON.parse(__ENV.PAYLOAD || '{"seconds": 0.1}') };

export const options = {
  summaryTrendStats: [...trendStats, 'min'],
  setupTimeout: '2m',
  scenarios: {
    clients: { executor: 'constant-vus', vus: clients, duration: seconds(30), gracefulStop: '1m' },
  },
  thresholds: {
    jobs_finished: ['count>0'],
    answers_unexpected: ['rate==0'],
    requests_refused: ['rate==0'],
    'http_req_duration{name:POST /jobs}': ['avg>=0'],
  },
};

/** Waits until there are as many workers as are to be measured, and no others. */
export function setup() {
  const token = login();
  const deadline = Date.now() + 60000;
  let there = [];
  while (Date.now() < deadline) {
    const answer = http.get(`${settings.url}/workers`, {
      headers: administration(token),
      tags: { name: 'GET /workers' },
      responseType: 'text',
    });
    if (answer.status !== 200) fail(`GET /workers: ${explain(answer)}`);
    there = answer.json('workers');
    if (there.length === workers) return warm(begin());
    sleep(0.2);
  }
  return fail(`there are ${there.length} workers, and ${workers} are to be measured; run the stack by: queueflow up --no-worker`);
}

/** Has jobs done until ten in a row began at once: after workers have come and gone Kafka takes seconds to share its partitions out anew. */
function warm(session) {
  const deadline = Date.now() + 30000;
  for (let quick = 0; quick < 10 && Date.now() < deadline; ) {
    const submitted = http.post(
      `${settings.url}/jobs`,
      JSON.stringify({ queue: settings.queue, type: 'noop' }),
      parameters(session, 'warming up'),
    );
    if (submitted.status !== 201) fail(`POST /jobs: ${explain(submitted)}`);
    const began = Date.now();
    http.get(`${settings.url}/jobs/${submitted.json('id')}?wait=10`, parameters(session, 'warming up'));
    quick = Date.now() - began < 1000 ? quick + 1 : 0;
  }
  return session;
}

export const teardown = end;

export function handleSummary(data) {
  const result = summaryOf(`matrix, workers: ${workers}`)(data);
  const { job_duration: duration, ends } = figures('matrix', data).metrics;
  if (__ENV.ROW && duration) {
    const perSecond = (ends.count * 1000) / (ends.max - ends.min);
    const times = [duration.avg, duration['p(95)']].map((time) => `${time.toFixed(0)} ms`);
    result[__ENV.ROW] = `| ${[workers, ...times, `${perSecond.toFixed(0)} jobs/s`].join(' | ')} |\n`;
  }
  return result;
}

export default function (session) {
  if (run(session, job)) ends.add(Date.now());
  else sleep(1);
}
