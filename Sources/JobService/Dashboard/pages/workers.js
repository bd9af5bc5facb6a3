// Workers: which there are, whether they are well, what they serve, and how busy they are.

import { empty } from "../lib/controls.js";
import { h, keeper } from "../lib/html.js";
import { duration, number, plural } from "../lib/numbers.js";
import { link, pagePath } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { paged } from "../parts/paging.js";
import { drainButton } from "../parts/worker-actions.js";
import { fewNames, healthBadge, silence, slotMeter } from "../parts/worker-words.js";
import { looks } from "../parts/roles.js";

export async function show(page) {
  page.heading("Workers");
  const reason = refusal(looks);
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const warning = h("div");
  const warn = keeper(warning);
  const total = h("p.muted");
  const list = table({
    caption: "Workers",
    key: ({ id }) => id,
    href: ({ id }) => link(pagePath`/workers/${id}`),
    label: ({ name }) => name,
    columns: columns(() => pages.read()),
    none: () => empty("No worker is connected", h("p", "Jobs wait until one is. ", h("code", "queueflow up"), " starts one with the built-in types.")),
  });
  const pages = paged(page, {
    call: "/workers", member: "workers", parameters: () => ({ limit: 100 }), list, seconds: 3,
    rows({ workers, unhandled_types: unhandled }, now) {
      warn([["unhandled", unhandled, () => unhandled.length > 0 && unhandledNotice(unhandled)]]);
      const sum = (member) => number(workers.reduce((total, worker) => total + worker[member], 0));
      total.textContent = workers.length ? `${plural(workers.length, "worker")}, ${sum("running")} of ${sum("slots")} slots taken.` : "";
      // What depends on the time is part of the row, so that it is drawn anew when it changes.
      return workers.map((worker) => ({ ...worker, now, silence: Math.round(silence(worker, now)) }));
    },
  });
  await pages.read();
  page.root.append(warning, total, pages.node);
}

/** That jobs wait for which no worker has a handler. */
const unhandledNotice = (types) => h("div.notice.warn",
  h("p", "Jobs of these types wait, and no worker has a handler for them:"),
  h("ul", types.map(({ tenant, type, since }) => h("li",
    h("a", { href: link("/jobs", { tenant, type, state: "queued" }) }, type), ` of ${tenant}, since `, time(since)))));

const columns = (done) => [
  { title: "Worker", cell: ({ name }) => name },
  { title: "Health", cell: (worker) => healthBadge(worker, worker.now) },
  { title: "Slots taken", cell: slotMeter },
  { title: "Heard of", wide: true, cell: ({ silence: seconds }) => (seconds === 0 ? "now" : `${duration(seconds)} ago`) },
  { title: "Up for", wide: true, cell: ({ started_at: start, now }) => duration(Math.max(0, Math.round((now - new Date(start).getTime()) / 60_000) * 60)) },
  { title: "Types", wide: true, cell: ({ types }) => fewNames(types, 3, "none") },
  { title: "Queues", wide: true, cell: ({ queues }) => fewNames(queues, 2, "all") },
  { title: "Tenant", wide: true, cell: ({ tenant }) => tenant ?? h("span.muted", "all") },
  { title: "Actions", class: "narrow", cell: (worker) => drainButton(worker, done) },
];
