// Why a job is not running, or that it is.

import { h } from "../lib/html.js";
import { card } from "../lib/controls.js";
import { count, duration, plural } from "../lib/numbers.js";
import { link, pagePath } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { time } from "../lib/time.js";

/** What one can do about a reason: a link, or nothing. */
function remedy(reason, job) {
  const queue = h("a", { href: link(pagePath`/queues/${job.queue}`) }, "See the queue");
  switch (reason.code) {
    case "queue_paused":
    case "behind_others":
      return queue;
    case "no_worker_for_queue":
    case "no_handler_for_type":
    case "all_slots_taken":
    case "type_limit_reached":
      return isAdmin() ? h("a", { href: link("/workers") }, "See the workers") : null;
    case "running":
      return reason.worker && isAdmin() ? h("a", { href: link(pagePath`/workers/${reason.worker}`) }, "See its worker") : null;
    default:
      return null;
  }
}

/** A text of the server with its times as they are told here. */
const told = (text) => text.split(/(\d{4}-\d\d-\d\dT[\d:.]+Z)/).map((part, index) => (index % 2 ? time(part, { relative: false }) : part));

/** How long a reason has held, in words. */
const sinceWhen = ({ since }, word) => since && h("span.muted.small", ` ${word} ${duration((Date.now() - new Date(since)) / 1000)}`);

/** What a reason says, but for what the summary said already; null when nothing is left. */
function reasonItem(reason, job, summary) {
  const others = reason.taken_by_other_tenants > 0 ? [plural(reason.taken_by_other_tenants, "run") + " of other tenants"] : [];
  const taken = [...(reason.taken_by ?? []).map(({ type, count: many }) => `${plural(many, "run")} of ${type}`), ...others].join(", ");
  const way = remedy(reason, job);
  const says = reason.detail === summary ? null : reason.detail;
  if (!says && !taken && !way) return null;
  return [
    says && h("p", told(says), sinceWhen(reason, "for")),
    taken && h("p.small.muted", `Taken by ${taken}.`),
    way && h("p.small", way),
  ];
}

/** What can be told of a job without the server's explanation. */
function guess(job) {
  if (job.state === "running") return "A worker runs it.";
  if (job.state === "scheduled") return "It waits for its time.";
  if (job.state === "retrying") return "An attempt failed; it waits for the next one.";
  return job.unhandled ? "No worker serves its queue with a handler for its type." : "It waits for a worker with a free slot.";
}

/** A card with the explanation; `why` is what `GET /jobs/{id}/explanation` said, null when it said nothing. */
export function whyCard(job, why) {
  const title = job.state === "running" ? "It runs" : "Why it is not running";
  if (!why) {
    return card(title, h("p", guess(job), job.execute_at && [" Due ", time(job.execute_at), "."]), h("p.small.muted", "The server offers no further explanation."));
  }
  const items = why.reasons.map((reason) => reasonItem(reason, job, why.summary)).filter(Boolean);
  const tellsAhead = Number.isInteger(why.ahead) && why.ahead > 0 && !why.reasons.some(({ code }) => code === "behind_others");
  return h("section.card.why", { "aria-label": title },
    h("h2", title),
    h("p", h("span.why-summary", told(why.summary)), sinceWhen(why.reasons.find(({ detail }) => detail === why.summary) ?? {}, "For")),
    items.length === 1 ? h("div.reason", items[0]) : items.length > 0 && h("ul.reasons", items.map((item) => h("li", item))),
    (tellsAhead || why.estimated_start) && h("p.small.muted",
      tellsAhead && `${count(why.ahead, why.is_ahead_exact)} ${why.ahead === 1 ? "job is" : "jobs are"} ahead of it. `,
      why.estimated_start && ["It may start ", time(why.estimated_start), "."]));
}
