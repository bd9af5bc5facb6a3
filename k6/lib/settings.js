// What a run is told by its environment. Nothing is fetched from elsewhere, so that a run needs no network but the way to QueueFlow.

/** A number from the environment that has to be more than 0. */
function number(name, otherwise) {
  const text = __ENV[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is "${text}"; expected a number above 0`);
  return value;
}

export const settings = {
  /** Where QueueFlow is, without a slash at the end. */
  url: (__ENV.BASE_URL || __ENV.QUEUEFLOW_URL || 'http://127.0.0.1:8000').replace(/\/+$/, ''),
  apiKey: __ENV.QUEUEFLOW_API_KEY || '',
  username: __ENV.QUEUEFLOW_USERNAME || __ENV.QUEUEFLOW_ADMIN_USERNAME || 'admin',
  password: __ENV.QUEUEFLOW_PASSWORD || __ENV.QUEUEFLOW_ADMIN_PASSWORD || '',
  queue: __ENV.QUEUE || 'k6',
  /** Requests each second that a script begins with. */
  rate: number('RATE', undefined),
  /** Every duration of a script is multiplied by it. */
  scale: number('SCALE', 1),
  /** Every limit on a time is multiplied by it, for a machine that does other work, too. */
  patience: number('PATIENCE', 1),
  /** Where the summary goes as JSON; nowhere if it is empty. */
  summary: __ENV.SUMMARY || '',
};

/** So many seconds, in the run's scale, as k6 wants durations. */
export function seconds(count) {
  return `${Math.max(1000, Math.round(count * settings.scale * 1000))}ms`;
}

/** The same as a number of milliseconds, for what is reckoned from it. */
export function milliseconds(count) {
  return Math.max(1000, Math.round(count * settings.scale * 1000));
}

/** A threshold on a time: `below('p(95)', 200)` is met when 95 of 100 took less than 200 ms. */
export function below(statistic, limit) {
  return `${statistic}<${limit * settings.patience}`;
}

/** The statistics that each summary shows. */
export const trendStats = ['count', 'avg', 'med', 'p(95)', 'p(99)', 'max'];
