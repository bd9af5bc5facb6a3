// Spike: from RATE (50) jobs a second to twenty times as many within two seconds, and back after twenty. Urgent jobs of others, that come all
// the time, have to be done as quickly as if nothing were.
import { run, submit } from './lib/jobs.js';
import { below, seconds, settings, trendStats } from './lib/settings.js';
import { summaryOf } from './lib/summary.js';

export { setup, teardown } from './lib/session.js';
export const handleSummary = summaryOf('spike');

const rate = settings.rate || 50;

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: trendStats,
  scenarios: {
    crowd: {
      executor: 'ramping-arrival-rate',
      exec: 'crowd',
      startRate: rate,
      timeUnit: '1s',
      stages: [
        { target: rate, duration: seconds(20) },
        { target: rate * 20, duration: seconds(2) },
        { target: rate * 20, duration: seconds(20) },
        { target: rate, duration: seconds(2) },
        { target: rate, duration: seconds(20) },
      ],
      preAllocatedVUs: 100,
      maxVUs: 1000,
    },
    urgent: {
      executor: 'constant-arrival-rate',
      exec: 'urgent',
      rate: 3,
      timeUnit: '1s',
      duration: seconds(64),
      preAllocatedVUs: 10,
      maxVUs: 100,
      gracefulStop: '1m',
    },
  },
  thresholds: {
    jobs_finished: ['count>0'],
    answers_unexpected: ['rate<0.001'],
    'http_req_duration{name:POST /jobs}': [below('p(95)', 2000)],
    'job_wait{scenario:urgent}': [below('p(95)', 500)],
    'job_duration{scenario:urgent}': [below('p(95)', 1000)],
  },
};

export function crowd(session) {
  submit(session, { type: 'noop' }, { responseType: 'none' });
}

export function urgent(session) {
  run(session, { type: 'noop', queue: `${settings.queue}-urgent`, priority: 'critical' });
}
