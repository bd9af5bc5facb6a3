// Load: what an ordinary busy hour is like. RATE single jobs each second (100), a batch of 100 every second, readers, and some
// clients that wait for what they asked for.
import { read, run, submit, submitBatch } from './lib/jobs.js';
import { below, seconds, settings, trendStats } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

export { setup, teardown } from './lib/session.js';
export const handleSummary = summaryOf('load');

const rate = settings.rate || 100;
const whole = 120;

/** So many iterations a second, for the whole run. */
const steady = (exec, perSecond) => ({
  executor: 'constant-arrival-rate',
  exec,
  rate: Math.max(1, Math.round(perSecond)),
  timeUnit: '1s',
  duration: seconds(whole),
  preAllocatedVUs: 20,
  maxVUs: 200,
});

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: trendStats,
  scenarios: {
    submitting: steady('submitting', rate),
    batches: steady('batches', 1),
    reading: steady('reading', rate / 10),
    waiting: steady('waiting', rate / 20),
  },
  thresholds: {
    jobs_finished: ['count>0'],
    answers_unexpected: ['rate<0.001'],
    requests_refused: ['rate<0.001'],
    dropped_iterations: [`count<${Math.max(1, rate * whole * settings.scale * 0.01)}`],
    'http_req_duration{name:POST /jobs}': [below('p(95)', 100), below('p(99)', 300)],
    'http_req_duration{name:POST /jobs/batch}': [below('p(95)', 500)],
    'http_req_duration{name:GET /jobs}': [below('p(95)', 100)],
    'http_req_duration{name:GET /metrics}': [below('p(95)', 100)],
    job_duration: [below('p(95)', 500)],
    job_wait: [below('p(95)', 300)],
  },
};

export function submitting(session) {
  submit(session, { type: 'noop', payload: { to: 'ada@example.com', template: 'welcome' } }, { responseType: 'none' });
}

export function batches(session) {
  submitBatch(session, 100, { type: 'noop', priority: 'low' });
}

export function reading(session) {
  read(session, `/jobs?queue=${settings.queue}&limit=20`, 'GET /jobs');
  read(session, '/metrics', 'GET /metrics');
}

export function waiting(session) {
  run(session, { type: 'echo', payload: { number: 42 }, priority: 'high' });
}
