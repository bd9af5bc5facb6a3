// How queues are told of.

import { badge } from "../lib/controls.js";
import { duration } from "../lib/numbers.js";

/** Whether workers serve a queue. */
export const stateBadge = ({ paused }) => (paused ? badge("paused", "warn") : badge("open", "good"));

/** When a queue has nothing left, of what `drain` said (see queue-rates.js). */
export function drainText({ kind, seconds }) {
  const words = { empty: "it is", paused: "not while it is paused", unknown: "…", grows: "never: it grows", stands: "not yet: none leave" };
  return words[kind] ?? `in ${duration(seconds)}`;
}
