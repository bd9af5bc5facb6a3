// One queue: its jobs by state, its last hour, and what can be done with it.

import { api, path } from "../lib/api.js";
import { badge, button, card, facts } from "../lib/controls.js";
import { chart } from "../lib/chart.js";
import { listen } from "../lib/events.js";
import { h, keeper } from "../lib/html.js";
import { number, rate } from "../lib/numbers.js";
import { go, link } from "../lib/router.js";
import { isAdmin, refusal } from "../lib/session.js";
import { pageShortcut } from "../lib/shortcuts.js";
import { time } from "../lib/time.js";
import { complain } from "../lib/toast.js";
import { keepHeading } from "../parts/heading.js";
import { refresh } from "../parts/paging.js";
import { changeLimit, pauseButton, removeQueue, togglePause } from "../parts/queue-actions.js";
import { drain, QueueRates } from "../parts/queue-rates.js";
import { drainText, stateBadge } from "../parts/queue-words.js";
import { administers } from "../parts/roles.js";

export async function show(page) {
  const { name } = page.params;
  const owner = isAdmin() ? { tenant: page.query.of ?? page.query.tenant ?? null } : {};
  const rates = new QueueRates();
  const overview = h("div");
  const states = h("div.grid");
  const [drawOverview, drawStates] = [keeper(overview), keeper(states)];
  let queue = null;

  async function read() {
    queue = await api.get(path`/queues/${name}`, owner, { signal: page.signal });
    rates.add(name, queue.totals);
    draw();
  }

  function draw() {
    const { paused, max_depth: limit, depth, totals, updated_at: updated } = queue;
    keepHeading(page, { paused, limit }, name, () => [
      pauseButton(queue, read),
      button("Limit", () => changeLimit(queue, read), { kind: "small", needs: administers }),
      button("Remove", () => removeQueue(queue, async () => go("/queues")), { kind: "small danger", needs: administers }),
    ]);
    const speed = rates.of(name);
    drawOverview([["facts", { paused, limit, depth, updated, speed }, () => facts([
      ["State", stateBadge(queue)],
      isAdmin() && ["Tenant", queue.tenant],
      ["Comes in", speed ? `${rate(speed.submitted)} per s` : "…"],
      ["Leaves", speed ? `${rate(speed.left)} per s` : "…"],
      ["Empty", drainText(drain(queue, speed))],
      ["Most that may wait", limit === null ? "as in any queue" : number(limit)],
      ["Changed", time(updated)],
    ])]]);
    const whose = { queue: name, ...(isAdmin() ? { tenant: queue.tenant } : {}) };
    const now = () => Object.entries(depth).map(([state, count]) => [
      badge(state), h("a", { href: state === "dead" ? link("/dead-letters", whose) : link("/jobs", { ...whose, state }), "aria-label": `${count} ${state} jobs` }, number(count)),
    ]);
    const ever = () => Object.entries(totals).map(([what, count]) => [what, number(count)]);
    drawStates([["now", depth, () => card("Jobs now", facts(now()))], ["ever", totals, () => card("Since it was made", facts(ever()))]]);
  }

  await read();
  page.root.append(card("", overview), states, await history(page, name, owner));
  pageShortcut(page, "p", "Pause or resume this queue", () => {
    if (!refusal(administers)) togglePause(queue, read).catch(complain);
  });
  refresh(page, 5, read);
  listen(page, {
    events: ["queues"],
    onEvents(events) {
      const own = events.flatMap(({ data }) => data.queues).findLast((one) => one.name === name && one.tenant === queue.tenant);
      if (!own) return;
      queue = { ...queue, ...own };
      rates.add(name, queue.totals);
      draw();
    },
    onReset: read,
  });
}

/** The last hour as charts; a sentence where the server keeps no history. */
async function history(page, name, owner) {
  const ended = chart(page, {
    title: "Jobs a minute",
    isWhole: true,
    series: [
      { label: "submitted", color: "--c-queued" }, { label: "completed", color: "--c-completed" }, { label: "died", color: "--c-dead", dash: true },
    ],
    format: number,
  });
  const waiting = chart(page, {
    title: "Jobs at a time",
    isWhole: true,
    series: [{ label: "queued", color: "--c-queued" }, { label: "running", color: "--c-running", dash: true }],
    format: number,
  });
  const read = async () => {
    const { points } = await api.get("/history", { range: "hour", queue: name, ...owner }, { signal: page.signal });
    const times = points.map(({ at }) => new Date(at).getTime() / 1000);
    const values = (...members) => members.map((member) => points.map((point) => point[member] ?? null));
    ended.show({ times, values: values("submitted", "completed", "died") });
    waiting.show({ times, values: values("queued", "running") });
  };
  try {
    await read();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return card("The last hour", h("p.muted", error.isUnknownCall ? "This server keeps no history of queues." : error.message));
  }
  refresh(page, 30, read);
  return h("section.stack", { "aria-label": "The last hour" }, h("h2", "The last hour"), h("div.grid", ended.node, waiting.node));
}
