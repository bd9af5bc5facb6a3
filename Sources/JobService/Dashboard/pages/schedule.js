// One schedule: its next runs, its last ones, what its jobs are like, and what can be done with it.

import { api, path } from "../lib/api.js";
import { badge, card, copyable, facts } from "../lib/controls.js";
import { h, keeper } from "../lib/html.js";
import { jsonView, members } from "../lib/json.js";
import { duration, number } from "../lib/numbers.js";
import { go, link, pagePath } from "../lib/router.js";
import { isAdmin, refusal } from "../lib/session.js";
import { watch } from "../lib/settings.js";
import { pageShortcut } from "../lib/shortcuts.js";
import { time, zoneName } from "../lib/time.js";
import { complain } from "../lib/toast.js";
import { keepHeading } from "../parts/heading.js";
import { refresh } from "../parts/paging.js";
import { editButton, pauseButton, removeButton, togglePause, trigger, triggerButton } from "../parts/schedule-actions.js";
import { instants, missedWords, overlapWords, preview, stateBadge, zoneOf } from "../parts/schedule-words.js";

export async function show(page) {
  const [when, last, job] = [h("div"), h("div"), h("div")];
  const [drawWhenParts, drawLastParts, drawJobParts] = [when, last, job].map(keeper);
  let schedule = null;
  let [next, trouble] = [[], null];

  async function read() {
    const { value, text } = await api.exact(path`/schedules/${page.params.id}`, {}, { signal: page.signal });
    schedule = value;
    keepHeading(page, schedule.version, schedule.name, () => [
      triggerButton(schedule, read), pauseButton(schedule, read), editButton(schedule), removeButton(schedule, async () => go("/schedules")),
    ]);
    await lookAhead();
    drawWhen();
    drawLastParts([await lastRuns(schedule, page)]);
    drawJobParts([["job", schedule.version, () => describeJob(schedule, members(text).get("payload"))]]);
  }

  /** The next runs; a schedule whose zone the server no longer knows has none. */
  async function lookAhead() {
    try {
      ({ next } = await preview(schedule, { signal: page.signal }));
      trouble = null;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      [next, trouble] = [[], error.message];
    }
  }

  function drawWhen() {
    drawWhenParts([["when", [schedule, next, trouble, zoneName(), Math.floor(Date.now() / 30_000)], () => card("When",
      h("p", schedule.description ?? "–", " ", h("code", schedule.cron), ` in ${zoneOf(schedule)}`),
      schedule.paused ? h("p.notice.warn", "It is paused. These would be its next runs:") : h("h3", "Next runs"),
      trouble ? h("p.notice.bad", trouble) : instants(next, zoneOf(schedule)),
      schedule.waiting_at && h("p.notice", "The run of ", time(schedule.waiting_at, { relative: false }), ` (${zoneName()}) waits for the end of the one before.`),
      schedule.skipped > 0 && h("p.notice.warn", `${number(schedule.skipped)} runs were left out as there was no room (${schedule.skipped_reason}), the last `, time(schedule.skipped_at), "."),
      facts([
        ["State", stateBadge(schedule)],
        ["When a run was missed", missedWords[schedule.missed_runs] ?? schedule.missed_runs],
        ["While the one before goes on", overlapWords[schedule.overlap] ?? schedule.overlap],
      ]))]]);
  }

  await read();
  page.root.append(h("div.grid", when, last), job);
  page.onLeave(watch("zone", drawWhen));
  refresh(page, 5, read);
  const allowed = () => !refusal({ scope: "schedules:write" });
  pageShortcut(page, "p", "Pause or resume this schedule", () => allowed() && togglePause(schedule, read).catch(complain));
  pageShortcut(page, "r", "Run it now", () => allowed() && trigger(schedule, read).catch(complain));
  pageShortcut(page, "e", "Edit it", () => allowed() && go(pagePath`/schedules/${schedule.id}/edit`));
}

/** The last runs, as they stand, as a part for `keeper`. The job of one may be gone, as finished jobs are not kept for ever. */
async function lastRuns(schedule, page) {
  const jobs = h("p", h("a", { href: link("/jobs", { type: schedule.type, queue: schedule.queue }) }, `All ${schedule.type} jobs in ${schedule.queue}`));
  const { runs } = await api.get(path`/schedules/${schedule.id}/runs`, { limit: 10 }, { signal: page.signal });
  return ["last", [runs, zoneName()], () => card("Last runs", runs.length === 0 ? h("p.muted", "None is on record.") : h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Last runs" },
    h("table", h("thead", h("tr", ["For the instant", "Job", "Took", "Error"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", runs.map((run) => h("tr",
        h("td", time(run.at)),
        h("td", run.state ? h("a", { href: link(pagePath`/jobs/${run.job_id}`) }, badge(run.state)) : h("span.muted", "no longer kept")),
        h("td", run.started_at && run.finished_at ? duration((new Date(run.finished_at) - new Date(run.started_at)) / 1_000) : "–"),
        h("td", run.error?.split("\n", 1)[0].slice(0, 200) ?? "")))))), jobs)];
}

function describeJob(schedule, payload) {
  const { retry } = schedule;
  return card("Its jobs", facts([
    ["Type", schedule.type],
    ["Queue", h("a", { href: link(pagePath`/queues/${schedule.queue}`, { of: schedule.tenant }) }, schedule.queue)],
    isAdmin() && ["Tenant", schedule.tenant],
    ["Priority", schedule.priority], ["Attempts", schedule.max_attempts],
    ["Tried again", retry ? `${retry.strategy}, from ${duration(retry.base)} to ${duration(retry.max_delay)}` : "as the handler says"],
    ["Timeout", schedule.timeout === null ? "as the handler says" : duration(schedule.timeout)],
    schedule.tags.length > 0 && ["Tags", schedule.tags.map((tag) => [badge(tag, "tag"), " "])],
    ["Made", time(schedule.created_at)], ["Changed", time(schedule.updated_at)], ["Version", schedule.version],
    ["Id", copyable(schedule.id, "the id")],
  ]), h("h3", "Payload"), jsonView(payload ?? "{}", { label: "Payload" }));
}
