// What the scripts do with jobs, and what they measure of them.
import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';
import { settings } from './settings.js';

/** From the request that made a job to its end, by the clock of PostgreSQL, so that waiting for the answer adds nothing. */
export const jobDuration = new Trend('job_duration', true);
/** From when a job could run to when a worker began. */
export const jobWait = new Trend('job_wait', true);
/** Jobs that were accepted, one by one and in batches. */
export const jobsSubmitted = new Counter('jobs_submitted');
/** Jobs whose end was waited for. */
export const jobsFinished = new Counter('jobs_finished');
/** Requests that were told to come back later, by 429 or 503 with `Retry-After`: what an overloaded platform may say. */
export const refused = new Rate('requests_refused');
/** Answers that are neither what was asked for nor such a refusal. */
export const unexpected = new Rate('answers_unexpected');

const ended = ['completed', 'dead', 'cancelled'];

/** Submits a job and answers it; null if it was refused or something went wrong. */
export function submit(session, job, options = {}) {
  const answer = http.post(
    `${settings.url}/jobs`,
    JSON.stringify({ queue: settings.queue, ...job }),
    parameters(session, 'POST /jobs', options),
  );
  if (!isAccepted(answer, 201)) return null;
  jobsSubmitted.add(1);
  return options.responseType === 'none' ? {} : answer.json();
}

/** Submits so many jobs of one kind in one request. */
export function submitBatch(session, count, job) {
  const jobs = Array.from({ length: count }, () => ({ queue: settings.queue, ...job }));
  const answer = http.post(
    `${settings.url}/jobs/batch`,
    JSON.stringify(jobs),
    parameters(session, 'POST /jobs/batch', { responseType: 'none' }),
  );
  if (isAccepted(answer, 201)) jobsSubmitted.add(count);
  return answer.status;
}

/** Waits until a job has ended, for a minute in all, and answers the job; null if it did not. */
export function waitForEnd(session, id) {
  const deadline = Date.now() + 60000;
  while (Date.now() < deadline) {
    const answer = http.get(
      `${settings.url}/jobs/${id}?wait=20`,
      parameters(session, 'GET /jobs/{id}?wait', { timeout: '30s' }),
    );
    if (!isAccepted(answer, 200)) return null;
    const job = answer.json();
    if (ended.includes(job.state)) {
      jobsFinished.add(1);
      jobDuration.add(instant(job.finished_at) - instant(job.created_at));
      if (job.started_at && job.attempt === 1) jobWait.add(instant(job.started_at) - instant(job.queued_at));
      return job;
    }
  }
  unexpected.add(true);
  return null;
}

/** Submits a job and waits for its end. */
export function run(session, job) {
  const submitted = submit(session, job);
  return submitted ? waitForEnd(session, submitted.id) : null;
}

/** Reads something that is there; its answer is expected to be 200. */
export function read(session, path, name) {
  const answer = http.get(`${settings.url}${path}`, parameters(session, name, { responseType: 'none' }));
  isAccepted(answer, 200);
}

/** What goes with each request. */
export function parameters(session, name, options = {}) {
  return {
    headers: { 'Content-Type': 'application/json', ...session.headers, ...options.headers },
    tags: { name },
    responseType: options.responseType || 'text',
    timeout: options.timeout || '30s',
  };
}

/** Whether an answer is the one that was hoped for. What else it may be is counted. */
function isAccepted(answer, status) {
  const isRefused = (answer.status === 429 || answer.status === 503) && 'Retry-After' in answer.headers;
  refused.add(isRefused);
  unexpected.add(answer.status !== status && !isRefused);
  return answer.status === status;
}

/** Milliseconds since 1970 of an instant with microseconds. */
function instant(text) {
  const [whole, fraction = ''] = text.replace('Z', '').split('.');
  return Date.parse(`${whole}Z`) + Number(`0.${fraction || '0'}`) * 1000;
}
