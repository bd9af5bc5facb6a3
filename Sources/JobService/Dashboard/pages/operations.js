// Operations: what was asked to be done with many jobs at once, and how far that is.

import { clipped, empty } from "../lib/controls.js";
import { listen } from "../lib/events.js";
import { h } from "../lib/html.js";
import { duration, rate } from "../lib/numbers.js";
import { link, ofTenant, pagePath, tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { complain } from "../lib/toast.js";
import { stopButton } from "../parts/operation-actions.js";
import { operationProgress } from "../parts/operation-dialog.js";
import { goesOn, taken, title } from "../parts/operation-words.js";
import { paged, refresh } from "../parts/paging.js";

export async function show(page) {
  page.heading("Operations");
  const list = table({
    caption: "Operations, the latest first",
    key: ({ id }) => id,
    href: ({ id }) => link(pagePath`/operations/${id}`),
    label: title,
    columns: columns(() => pages.read(), tenant()),
    none: () => empty("No operations", h("p", "They come of acting on many jobs at once, on the pages ", h("a", { href: link("/jobs") }, "Jobs"), " and ", h("a", { href: link("/dead-letters") }, "Dead letters"), ".")),
  });
  const pages = paged(page, {
    call: "/operations", member: "operations", parameters: () => ({ limit: 50, ...ofTenant() }), list, seconds: 0, rows: ({ operations }) => operations.map(told),
  });
  page.onQuery(() => {
    list.setColumns(columns(() => pages.read(), tenant()));
    pages.read().catch(complain);
  });
  await pages.read();
  page.root.append(pages.node, h("p.muted.small", "Operations are kept for 30 days."));
  refresh(page, 3, () => (list.rows.some(goesOn) ? pages.read() : undefined));
  listen(page, {
    events: ["operation"],
    onEvents(events) {
      const known = new Set(list.rows.map(({ id }) => id));
      for (const { data } of events) if (known.has(data.id)) list.update(told(data));
      if (events.some(({ data }) => !known.has(data.id))) pages.read().catch(complain);
    },
    onReset: () => pages.read(),
  });
}

const told = (operation) => ({ ...operation, taken: taken(operation) });

const columns = (done, chosen) => [
  { title: "What", class: "lead", cell: title },
  { title: "Progress", cell: operationProgress },
  { title: "By", wide: true, cell: ({ created_by: by }) => by },
  isAdmin() && !chosen && { title: "Tenant", wide: true, cell: ({ tenant: owner }) => (owner ? clipped(owner, "short") : h("span.muted", "all")) },
  { title: "Asked for", wide: true, cell: ({ created_at: at }) => time(at) },
  { title: "Took", class: "number", wide: true, cell: ({ taken: seconds }) => (seconds === null ? "–" : duration(seconds)) },
  { title: "Pace", class: "number", wide: true, cell: ({ rate: pace }) => (pace === null ? h("span.muted", "full") : `${rate(pace)} per s`) },
  { title: "Actions", class: "wide-only narrow", cell: (operation) => stopButton(operation, done) },
].filter(Boolean);
