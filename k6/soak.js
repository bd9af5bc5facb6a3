// Soak: RATE (50) jobs of all kinds each second for two hours (times SCALE). The first tenth and the last tenth are measured apart: what leaks, bloats
// or fills up shows as a difference between them.
import exec from 'k6/execution';
import { read, run, submit } from './lib/jobs.js';
import { below, milliseconds, seconds, settings, trendStats } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

export { setup, teardown } from './lib/session.js';
export const handleSummary = summaryOf('soak');

const rate = settings.rate || 50;
const whole = 7200;

const steady = (exec, perSecond) => ({
  executor: 'constant-arrival-rate',
  exec,
  rate: Math.max(1, Math.round(perSecond)),
  timeUnit: '1s',
  duration: seconds(whole),
  preAllocatedVUs: 20,
  maxVUs: 200,
  gracefulStop: '1m',
});

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: trendStats,
  scenarios: {
    mixture: steady('mixture', rate),
    waiting: steady('waiting', rate / 25),
    reading: steady('reading', rate / 25),
  },
  thresholds: {
    jobs_finished: ['count>0'],
    answers_unexpected: ['rate<0.0001'],
    requests_refused: ['rate<0.001'],
    'http_req_duration{name:POST /jobs}': [below('p(95)', 100)],
    'http_req_duration{name:POST /jobs,part:first}': [below('p(95)', 100)],
    'http_req_duration{name:POST /jobs,part:last}': [below('p(95)', 100)],
    'job_duration{part:first}': [below('p(95)', 500)],
    'job_duration{part:last}': [below('p(95)', 500)],
  },
};

// Most jobs simply succeed; some take a while, some fail and are tried again, some die, some are for later.
const kinds = [
  { type: 'noop' },
  { type: 'noop' },
  { type: 'noop' },
  { type: 'echo', payload: { text: 'x'.repeat(1000) } },
  { type: 'echo', payload: { text: 'y'.repeat(1000) }, priority: 'low' },
  { type: 'sleep', payload: { seconds: 0.2 } },
  { type: 'fail', payload: { times: 1 }, retry: { strategy: 'fixed', base: 1 } },
  { type: 'noop', delay: 30 },
  { type: 'noop', priority: 'high' },
  { type: 'fail', payload: { times: 9 }, max_attempts: 1 },
];

/** Says of what is measured from now on in which part of the run it was. */
function markPart() {
  const passed = (Date.now() - exec.scenario.startTime) / milliseconds(whole);
  exec.vu.metrics.tags.part = passed < 0.1 ? 'first' : passed > 0.9 ? 'last' : 'middle';
}

export function mixture(session) {
  markPart();
  const { delay, ...job } = kinds[exec.scenario.iterationInTest % kinds.length];
  if (delay) job.execute_at = new Date(Date.now() + delay * 1000).toISOString();
  submit(session, job, { responseType: 'none' });
}

export function waiting(session) {
  markPart();
  run(session, { type: 'echo', payload: { number: 42 } });
}

export function reading(session) {
  markPart();
  read(session, `/jobs?queue=${settings.queue}&limit=20`, 'GET /jobs');
  read(session, '/metrics', 'GET /metrics');
}
