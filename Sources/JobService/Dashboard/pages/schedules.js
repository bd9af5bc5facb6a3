// Schedules: what is submitted again and again, when next, and when last.

import { clipped, empty } from "../lib/controls.js";
import { h } from "../lib/html.js";
import { link, ofTenant, pagePath, tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { complain } from "../lib/toast.js";
import { paged } from "../parts/paging.js";
import { newButton, pauseButton, triggerButton } from "../parts/schedule-actions.js";
import { stateBadge, zoneOf } from "../parts/schedule-words.js";

export async function show(page) {
  page.heading("Schedules", newButton());
  const list = table({
    caption: "Schedules, the newest first",
    key: ({ id }) => id,
    href: ({ id }) => link(pagePath`/schedules/${id}`),
    label: ({ name }) => name,
    columns: columns(() => pages.read(), tenant()),
    none: () => empty("No schedules", h("p", "A schedule submits a job at the times that a cron expression names.")),
  });
  const pages = paged(page, { call: "/schedules", member: "schedules", parameters: () => ({ limit: 50, ...ofTenant() }), list, seconds: 5 });
  page.onQuery(() => {
    list.setColumns(columns(() => pages.read(), tenant()));
    pages.read().catch(complain);
  });
  await pages.read();
  page.root.append(pages.node);
}

const columns = (done, chosen) => [
  { title: "Schedule", cell: ({ name }) => name },
  isAdmin() && !chosen && { title: "Tenant", wide: true, cell: ({ tenant: owner }) => clipped(owner, "short") },
  { title: "When", wide: true, cell: ({ description, cron }) => clipped(description ?? cron) },
  { title: "Expression", wide: true, class: "nowrap", cell: (schedule) => [h("code", schedule.cron), h("span.muted.small", ` ${zoneOf(schedule)}`)] },
  { title: "State", cell: stateBadge },
  { title: "Next", cell: ({ next_at: at }) => time(at) },
  { title: "Last", wide: true, cell: ({ last_at: at, last_job_id: job }) => (job ? h("a", { href: link(pagePath`/jobs/${job}`) }, time(at)) : h("span.muted", "never")) },
  { title: "Type", wide: true, cell: ({ type }) => clipped(type, "short") },
  { title: "Actions", class: "narrow", cell: (schedule) => h("div.acts", pauseButton(schedule, done), triggerButton(schedule, done)) },
].filter(Boolean);
