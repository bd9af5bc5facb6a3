// Schedules: what is submitted again and again, when next, and when last.

import { empty } from "../lib/controls.js";
import { h } from "../lib/html.js";
import { link, pagePath, tenant } from "../lib/router.js";
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
    columns: columns(() => pages.read()),
    none: () => empty("No schedules", h("p", "A schedule submits a job at the times that a cron expression names.")),
  });
  // The call lists those of all tenants for an administrator: the choice of one is made here.
  const isMeant = (schedule) => !isAdmin() || !tenant() || schedule.tenant === tenant();
  const pages = paged(page, { call: "/schedules", member: "schedules", parameters: () => ({ limit: 50 }), list, seconds: 5, rows: ({ schedules }) => schedules.filter(isMeant) });
  page.onQuery(() => pages.read().catch(complain));
  await pages.read();
  page.root.append(pages.node);
}

const columns = (done) => [
  { title: "Schedule", cell: ({ name, tenant: owner }) => [name, isAdmin() && !tenant() && h("span.muted.small", ` ${owner}`)] },
  { title: "When", wide: true, cell: (schedule) => h("div", h("div", schedule.description ?? "–"), h("div.muted.small", h("code", schedule.cron), ` ${zoneOf(schedule)}`)) },
  { title: "State", cell: stateBadge },
  { title: "Next", cell: ({ next_at: at }) => time(at) },
  { title: "Last", wide: true, cell: ({ last_at: at, last_job_id: job }) => (job ? h("a", { href: link(pagePath`/jobs/${job}`) }, time(at)) : h("span.muted", "never")) },
  { title: "Type", wide: true, cell: ({ type }) => type },
  { title: "Actions", class: "narrow", cell: (schedule) => h("div.acts", pauseButton(schedule, done), triggerButton(schedule, done)) },
];
