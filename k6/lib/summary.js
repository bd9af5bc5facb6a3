// What is shown in the end: one line for each kind of request and each time of a job, then the limits that were not kept.
import { settings, trendStats } from './settings.js';

/** The `handleSummary` of a script. */
export function summaryOf(script) {
  return (data) => {
    const result = { stdout: text(script, data) };
    if (settings.summary) result[settings.summary] = `${JSON.stringify(figures(script, data), null, 2)}\n`;
    return result;
  };
}

/** All that was measured, with whether each limit was kept. */
export function figures(script, data) {
  const metrics = {};
  const thresholds = {};
  for (const [name, metric] of Object.entries(data.metrics)) {
    metrics[name] = metric.values;
    for (const [limit, { ok }] of Object.entries(metric.thresholds || {})) thresholds[`${name}: ${limit}`] = ok;
  }
  return { script, url: settings.url, seconds: data.state.testRunDurationMs / 1000, metrics, thresholds };
}

function text(script, data) {
  const all = figures(script, data);
  const names = Object.keys(all.metrics).filter(isShown).sort();
  const width = Math.max(30, ...names.map((name) => title(name).length));
  const row = (head, cells) => `  ${head.padEnd(width)}${cells.map((cell) => String(cell).padStart(10)).join('')}\n`;

  let lines = `\nQueueFlow, ${script}: ${all.url}, ${all.seconds.toFixed(1)} s\n\n`;
  lines += row('milliseconds', trendStats);
  for (const name of names) lines += row(title(name), trendStats.map((stat) => figure(all.metrics[name][stat], stat)));
  lines += '\n';
  for (const name of ['http_reqs', 'jobs_submitted', 'jobs_finished', 'dropped_iterations']) {
    const values = all.metrics[name];
    if (values) lines += row(name, [values.count, `${values.rate.toFixed(1)}/s`]);
  }
  for (const name of ['checks', 'requests_refused', 'answers_unexpected']) {
    const values = all.metrics[name];
    if (values) lines += row(name, [`${(100 * values.rate).toFixed(2)} %`]);
  }
  for (const { name, fails } of failedChecks(data.root_group)) lines += `\nFAILED ${name}: ${fails} times\n`;
  const missed = Object.keys(all.thresholds).filter((limit) => !all.thresholds[limit]);
  const count = Object.keys(all.thresholds).length;
  lines += missed.length === 0 ? `\nok: all of ${count} limits were kept\n` : '\n';
  for (const limit of missed) lines += `MISSED ${limit}\n`;
  return `${lines}\n`;
}

/** The checks that were not always true, of all groups. */
function failedChecks({ checks = [], groups = [] }) {
  return [...checks.filter(({ fails }) => fails > 0), ...groups.flatMap(failedChecks)];
}

/** Times of requests by name, and all times of jobs that were measured. */
function isShown(name) {
  return name.startsWith('http_req_duration{name:') || name.startsWith('job_');
}

function title(name) {
  return name.replace('http_req_duration{name:', '').replace(/}$/, name.startsWith('http') ? '' : '}');
}

function figure(value, stat) {
  if (value === undefined || value === null) return '-';
  return stat === 'count' ? value : value.toFixed(value < 10 ? 2 : 0);
}
