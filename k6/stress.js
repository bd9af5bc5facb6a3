// Stress: four steps, each twice as much as the one before, from RATE (100) jobs a second on. A platform that is asked for too much may refuse
// with 429 or 503 and Retry-After; it may not fail in another way, and once it is over everything has to be as before.
import { run, submit } from './lib/jobs.js';
import { below, milliseconds, seconds, settings, trendStats } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

export { setup, teardown } from './lib/session.js';
export const handleSummary = summaryOf('stress');

const rate = settings.rate || 100;
const steps = [1, 2, 4, 8];
const over = steps.length * milliseconds(30) + milliseconds(15);

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: trendStats,
  scenarios: {
    rising: {
      executor: 'ramping-arrival-rate',
      exec: 'rising',
      startRate: rate,
      timeUnit: '1s',
      stages: steps.flatMap((step) => [
        { target: rate * step, duration: seconds(5) },
        { target: rate * step, duration: seconds(25) },
      ]),
      preAllocatedVUs: 100,
      maxVUs: 1000,
      gracefulStop: '30s',
    },
    afterwards: {
      executor: 'constant-arrival-rate',
      exec: 'afterwards',
      startTime: `${over}ms`,
      rate: 5,
      timeUnit: '1s',
      duration: seconds(20),
      preAllocatedVUs: 10,
      maxVUs: 100,
      gracefulStop: '1m',
    },
  },
  thresholds: {
    jobs_finished: ['count>0'],
    answers_unexpected: ['rate<0.001'],
    'http_req_duration{name:POST /jobs}': [below('p(95)', 2000)],
    'job_duration{scenario:afterwards}': [below('p(95)', 1000)],
    'http_req_duration{scenario:afterwards,name:POST /jobs}': [below('p(95)', 200)],
  },
};

export function rising(session) {
  submit(session, { type: 'noop' }, { responseType: 'none' });
}

export function afterwards(session) {
  run(session, { type: 'noop' });
}
