// Queues: how many jobs each has, how fast they go, when it will be empty; pausing, limits, removing.

import { button, clipped, empty, figure } from "../lib/controls.js";
import { listen } from "../lib/events.js";
import { h } from "../lib/html.js";
import { duration, number, rate } from "../lib/numbers.js";
import { link, pagePath, tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { table } from "../lib/table.js";
import { complain } from "../lib/toast.js";
import { paged } from "../parts/paging.js";
import { changeLimit, pauseButton, removeQueue } from "../parts/queue-actions.js";
import { drain, QueueRates } from "../parts/queue-rates.js";
import { drainText, stateBadge } from "../parts/queue-words.js";
import { administers } from "../parts/roles.js";

/** Names a queue among those of all tenants. */
const key = ({ tenant: owner, name }) => `${owner}/${name}`;

export async function show(page) {
  page.heading("Queues");
  const rates = new QueueRates();
  const list = table({
    caption: "Queues",
    key,
    href: (queue) => link(pagePath`/queues/${queue.name}`, { of: queue.tenant }),
    label: ({ name }) => name,
    columns: columns(() => reread(), tenant()),
    none: () => empty("There are no queues yet", h("p", "A queue is there from its first job on. ", h("a", { href: link("/new") }, "Submit a job"), ".")),
  });
  const told = (queue) => {
    rates.add(key(queue), queue.totals);
    const speed = rates.of(key(queue));
    return { ...queue, speed, drain: drain(queue, speed) };
  };
  const pages = paged(page, {
    call: "/queues", member: "queues", parameters: () => ({ limit: 100, tenant: isAdmin() ? tenant() : null }), list, seconds: 5,
    rows: (answer) => answer.queues.map(told),
  });
  const reread = () => pages.read().catch(complain);
  await pages.read();
  page.onQuery(() => {
    list.setColumns(columns(reread, tenant()));
    reread();
  });
  page.root.append(pages.node, h("p.muted.small", "Rates are those of the last minute in which this page was open. A queue is empty when nothing is queued or runs."));
  listen(page, {
    events: ["queues"],
    onEvents(events) {
      const known = new Map(list.rows.map((queue) => [key(queue), queue]));
      for (const { data } of events) {
        for (const queue of data.queues) {
          const before = known.get(key(queue));
          if (before) list.update(told({ ...before, ...queue }));
        }
      }
    },
    onReset: () => pages.read(),
  });
}

const columns = (done, chosen) => [
  { title: "Queue", cell: ({ name }) => name },
  isAdmin() && !chosen && { title: "Tenant", cell: ({ tenant: owner }) => clipped(owner, "short") },
  { title: "State", cell: (queue) => stateBadge(queue) },
  { title: "Queued", class: "number", cell: ({ depth }) => figure(depth.queued) },
  { title: "Running", class: "number", wide: true, cell: ({ depth }) => figure(depth.running) },
  { title: "Scheduled", class: "number", wide: true, cell: ({ depth }) => figure(depth.scheduled) },
  { title: "Retrying", class: "number", wide: true, cell: ({ depth }) => figure(depth.retrying) },
  {
    title: "Dead", class: "number", wide: true,
    cell: ({ name, depth }) => (depth.dead ? h("a", { href: link("/dead-letters", { queue: name }), "aria-label": `${depth.dead} dead letters of ${name}` }, number(depth.dead)) : figure(0)),
  },
  { title: "In / out per s", class: "number", wide: true, cell: ({ speed }) => (speed && (speed.submitted || speed.left) ? `${rate(speed.submitted)} / ${rate(speed.left)}` : h("span.muted", speed ? "–" : "…")) },
  { title: "Oldest", class: "number", wide: true, cell: ({ oldest_queued_age: age }) => (age === null || age === undefined ? h("span.muted", "–") : duration(age)) },
  { title: "Empty", wide: true, class: "nowrap", cell: (queue) => (queue.drain.kind === "empty" ? h("span.muted", drainText(queue.drain)) : drainText(queue.drain)) },
  { title: "Limit", class: "number", wide: true, cell: ({ max_depth: limit }) => (limit === null ? h("span.muted", "usual") : number(limit)) },
  {
    title: "Actions",
    class: "narrow",
    cell: (queue) => h("div.acts",
      pauseButton(queue, done),
      button("Limit", () => changeLimit(queue, done), { kind: "small wide-only", needs: administers, "aria-label": `Limit of ${queue.name}` }),
      button("Remove", () => removeQueue(queue, done), { kind: "small danger wide-only", needs: administers, "aria-label": `Remove ${queue.name}` })),
  },
].filter(Boolean);
