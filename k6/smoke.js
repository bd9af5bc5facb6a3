// Smoke: does everything that a client does on an ordinary day, once for each of two users, and expects every answer to be right.
import http from 'k6/http';
import { check } from 'k6';
import exec from 'k6/execution';
import { parameters, run, submit, submitBatch, waitForEnd } from './lib/jobs.js';
import { below, settings, trendStats } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

export { setup, teardown } from './lib/session.js';
export const handleSummary = summaryOf('smoke');

export const options = {
  summaryTrendStats: trendStats,
  scenarios: {
    smoke: { executor: 'per-vu-iterations', vus: 2, iterations: 2, maxDuration: '2m' },
  },
  thresholds: {
    jobs_finished: ['count>0'],
    checks: ['rate==1'],
    answers_unexpected: ['rate==0'],
    'http_req_duration{name:POST /jobs}': [below('p(95)', 500)],
    job_duration: [below('p(95)', 5000)],
  },
};

export default function (session) {
  const get = (path, name = `GET ${path}`) => http.get(`${settings.url}${path}`, parameters(session, name));
  const post = (path, name, body) =>
    http.post(`${settings.url}${path}`, body && JSON.stringify(body), parameters(session, name));

  check(get('/healthz'), { 'it lives': ({ status }) => status === 200 });
  check(get('/readyz'), { 'it is ready': ({ status }) => status === 200 });
  check(get('/openapi.json'), { 'it describes itself': (answer) => answer.json('openapi').startsWith('3.1') });
  check(get('/metrics'), { 'it counts': (answer) => answer.json('total_jobs') >= 0 });

  const stranger = http.get(`${settings.url}/jobs`, parameters({ headers: {} }, 'GET /jobs without credentials'));
  check(stranger, { 'strangers are kept out': ({ status }) => status === 401 });
  check(post('/jobs', 'POST /jobs, wrong', { type: 'noop', prioritty: 'high' }), {
    'what is wrong is named': ({ status, body }) => status === 422 && body.includes('prioritty'),
  });

  const payload = { user: exec.vu.idInTest, iteration: exec.vu.iterationInScenario };
  const echoed = run(session, { type: 'echo', payload, priority: 'high' });
  check(echoed, {
    'a job is done': (job) => job !== null && job.state === 'completed',
    'it gives its result': (job) =>
      job !== null && job.result.user === payload.user && job.result.iteration === payload.iteration,
  });

  const key = { headers: { 'Idempotency-Key': `k6-${Date.now()}-${exec.vu.idInTest}-${Math.random()}` } };
  const first = submit(session, { type: 'noop' }, key);
  const again = http.post(
    `${settings.url}/jobs`,
    JSON.stringify({ queue: settings.queue, type: 'noop' }),
    parameters(session, 'POST /jobs, repeated', key),
  );
  check(again, {
    'a repeated request makes no second job': ({ status }) =>
      status === 200 && first !== null && again.json('id') === first.id,
  });

  const failing = run(session, { type: 'fail', payload: { times: 1 }, retry: { strategy: 'fixed', base: 0.1 } });
  check(failing, { 'a failure is tried again': (job) => job !== null && job.state === 'completed' && job.attempt === 2 });

  const later = submit(session, { type: 'noop', execute_at: new Date(Date.now() + 3600000).toISOString() });
  check(later, { 'a job may wait for its time': (job) => job !== null && job.state === 'scheduled' });
  if (later) {
    check(post(`/jobs/${later.id}/cancel`, 'POST /jobs/{id}/cancel'), { 'it is cancelled': ({ status }) => status === 200 });
    check(waitForEnd(session, later.id), { 'and stays so': (job) => job !== null && job.state === 'cancelled' });
  }

  check(submitBatch(session, 20, { type: 'noop' }), { 'a batch is taken': (status) => status === 201 });
  const listed = get(`/jobs?queue=${settings.queue}&limit=5`, 'GET /jobs');
  check(listed, { 'jobs are listed': (answer) => answer.status === 200 && answer.json('jobs').length === 5 });
}
