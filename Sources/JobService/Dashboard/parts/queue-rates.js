// What can be told of a queue by looking at its totals twice: how fast jobs come and go, and when it will be empty.

/** How long a reading counts, and the least time between two that tell a rate, in milliseconds. */
const oldest = 60_000;
const shortest = 1_500;

/** Remembers what queues had counted in the last minute. */
export class QueueRates {
  #readings = new Map();

  /**
   * Takes a reading.
   *
   * - `key`: names the queue. `totals`: what it has counted. `now`: in milliseconds, by a clock that does not go back.
   */
  add(key, totals, now = performance.now()) {
    const readings = this.#readings.get(key) ?? [];
    const reading = { now, submitted: totals.submitted, left: totals.completed + totals.cancelled + totals.died };
    // A queue that was removed and made anew counts from 0.
    if (readings.length && reading.submitted < readings.at(-1).submitted) readings.length = 0;
    readings.push(reading);
    while (readings.length > 2 && readings[1].now <= now - oldest) readings.shift();
    this.#readings.set(key, readings);
  }

  /** How many jobs come and leave in a second: { submitted, left }; null while there are no two readings that are apart. */
  of(key) {
    const readings = this.#readings.get(key) ?? [];
    if (readings.length < 2) return null;
    const [first, last] = [readings[0], readings.at(-1)];
    if (last.now - first.now < shortest) return null;
    const seconds = (last.now - first.now) / 1_000;
    return { submitted: (last.submitted - first.submitted) / seconds, left: (last.left - first.left) / seconds };
  }
}

/**
 * When a queue has nothing left that could run, if jobs go on to come and leave as they do: { kind } is "empty", "paused", "unknown", "grows", "stands"
 * or "drains", which has the `seconds` that it takes.
 */
export function drain({ depth, paused }, rates) {
  const left = depth.queued + depth.running;
  if (left === 0) return { kind: "empty" };
  if (paused) return { kind: "paused" };
  if (!rates) return { kind: "unknown" };
  const net = rates.left - rates.submitted;
  if (net > 0) return { kind: "drains", seconds: left / net };
  return { kind: net < 0 ? "grows" : "stands" };
}
