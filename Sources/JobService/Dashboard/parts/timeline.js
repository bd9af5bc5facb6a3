// A job's life as bars: waiting, running, and waiting for the next attempt.

import { h } from "../lib/html.js";
import { duration } from "../lib/numbers.js";
import { absolute, time } from "../lib/time.js";

const stamp = (value) => (value ? new Date(value).getTime() : null);

/** The stretches of a job's life, the oldest first: { kind ("waiting", "running", "backoff"), from, to (null while it lasts), attempt }. */
export function stretches(job, attempts) {
  const ordered = [...attempts].sort((one, other) => one.run - other.run);
  const found = [];
  let since = stamp(job.created_at);
  for (const attempt of ordered) {
    const from = stamp(attempt.started_at);
    found.push({ kind: found.length ? "backoff" : "waiting", from: since, to: from, attempt: null });
    const to = stamp(attempt.ended_at);
    found.push({ kind: "running", from, to, attempt });
    since = to;
  }
  if (["scheduled", "queued", "retrying"].includes(job.state) && since !== null) {
    found.push({ kind: job.state === "retrying" ? "backoff" : "waiting", from: since, to: null, attempt: null });
  } else if (job.state === "running" && found.at(-1)?.to !== null) {
    const from = stamp(job.started_at) ?? since;
    found.push({ kind: found.length ? "backoff" : "waiting", from: since, to: from, attempt: null });
    found.push({ kind: "running", from, to: null, attempt: { run: job.run, attempt: job.attempt, outcome: null, worker_id: job.worker_id, started_at: job.started_at, ended_at: null, error: null } });
  } else if (ordered.length === 0) {
    found.push({ kind: "waiting", from: since, to: stamp(job.finished_at), attempt: null });
  }
  return found;
}

const names = { waiting: "Waited", running: "Ran", backoff: "Waited for the next attempt" };

/** The bars, and below them each stretch in words. */
export function timeline(job, attempts) {
  const all = stretches(job, attempts);
  const now = Date.now();
  const begin = all[0].from;
  const end = Math.max(...all.map(({ to }) => to ?? now), begin + 1);
  const share = (value) => ((value - begin) / (end - begin)) * 100;
  const bars = all.map(({ kind, from, to, attempt }) => h("span.bar", {
    class: attempt ? `bar-${attempt.outcome ?? "now"}` : `bar-${kind}`,
    title: `${names[kind]} ${duration(((to ?? now) - from) / 1000)}`,
    style: { left: `${share(from)}%`, width: `${Math.max(0.4, share(to ?? now) - share(from))}%` },
  }));
  const rows = all.map(({ kind, from, to, attempt }) => h("li",
    h("span.bar-key", { class: attempt ? `bar-${attempt.outcome ?? "now"}` : `bar-${kind}`, "aria-hidden": "true" }),
    h("span", attempt ? [h("strong", `Attempt ${attempt.attempt}`), ` ${attempt.outcome ?? "runs"}`, attempt.kind && attempt.kind !== "error" && ` (${attempt.kind})`] : to === null ? names[kind].replace("Waited", "Waits") : names[kind]),
    h("span.number", duration(((to ?? now) - from) / 1000)),
    h("span.muted.small", absolute(from, { millis: true }), attempt?.worker_id && [" · worker ", h("code", attempt.worker_id.slice(0, 8))])));
  return h("div.timeline",
    h("div.bars", { "aria-hidden": "true" }, bars),
    h("div.row.small.muted", h("span", time(job.created_at, { relative: false })), h("span.grow"), h("span", `${duration((end - begin) / 1000)} in all`)),
    h("div.stretches", rows.length > 10 ? { tabindex: "0", role: "region", "aria-label": "Attempts, one by one" } : {}, h("ol", rows)));
}
