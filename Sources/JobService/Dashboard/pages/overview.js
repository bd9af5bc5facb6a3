// How the installation is: what waits, runs and fails, now and over the last hour or day.

import { api, base } from "../lib/api.js";
import { badge, button, card, copy, states } from "../lib/controls.js";
import { chart } from "../lib/chart.js";
import { listen } from "../lib/events.js";
import { fill, h, keeper } from "../lib/html.js";
import { duration, number, percent, plural, rate } from "../lib/numbers.js";
import { link, tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { pageShortcut } from "../lib/shortcuts.js";
import { time } from "../lib/time.js";

const ranges = { hour: "Last hour", day: "Last day" };
/** So often, in milliseconds, figures are asked for at most while things happen, and charts. */
const [figurePause, chartPause] = [1_000, 15_000];

export async function show(page) {
  const tiles = h("div.stack");
  const welcome = h("div");
  const drawTiles = keeper(tiles);
  const drawWelcome = keeper(welcome);
  const rangeOf = () => (page.query.range === "day" ? "day" : "hour");
  const tabs = h("div.row", { role: "group", "aria-label": "Stretch of time" });
  const charts = makeCharts(page);
  const chartNote = h("div");
  const chartBox = h("div.charts", charts.map(({ view }) => view.node));
  let lastHistory = 0;
  let busy = null;

  page.heading("Overview", tabs);
  page.root.append(welcome, tiles, chartNote, chartBox);
  const drawTabs = () => fill(tabs, Object.entries(ranges).map(([value, label]) => h("button", {
    type: "button", "aria-pressed": String(rangeOf() === value), class: rangeOf() === value ? "chosen" : null, onclick: () => page.setQuery({ range: value === "hour" ? null : value }),
  }, label)));
  drawTabs();

  async function load() {
    const overview = await fetchOverview(page);
    drawTiles(figures(overview));
    const waits = Object.values(overview.jobs).reduce((sum, value) => sum + (value ?? 0), 0);
    drawWelcome([waits === 0 && overview.queues === 0 && ["first", null, firstJob]]);
  }

  async function loadHistory() {
    lastHistory = Date.now();
    try {
      const history = await api.get("/history", { range: rangeOf(), tenant: tenant() }, { signal: page.signal });
      fill(chartNote);
      chartBox.hidden = false;
      for (const one of charts) one.show(history);
    } catch (error) {
      if (error.name === "AbortError") return;
      chartBox.hidden = true;
      fill(chartNote, h("p.notice", error.status === 404 || error.isUnknownCall ? "This server keeps no history; it is of an earlier version." : `The history cannot be shown: ${error.message}`));
    }
  }

  const refresh = () => {
    busy ??= setTimeout(async () => {
      await page.attempt(async () => {
        await load();
        if (Date.now() - lastHistory > chartPause) await loadHistory();
      });
      busy = null;
    }, figurePause);
  };

  page.onQuery(() => {
    drawTabs();
    loadHistory();
    page.attempt(load);
  });
  pageShortcut(page, "r", "Read the figures anew", () => Promise.all([load(), loadHistory()]));
  await Promise.all([load(), loadHistory()]);
  listen(page, { events: ["queues"], onEvents: refresh, onReset: refresh });
  page.every(10, async () => {
    await load();
    if (Date.now() - lastHistory > chartPause) await loadHistory();
  });
}

/** The figures, from what an earlier server says if need be. */
async function fetchOverview(page) {
  try {
    return await api.get("/overview", { tenant: tenant() }, { signal: page.signal });
  } catch (error) {
    if (error.name === "AbortError" || (error.status !== 404 && !error.isUnknownCall)) throw error;
    const { queues } = await api.get("/queues", { tenant: tenant(), limit: 200 }, { signal: page.signal });
    const sum = (name) => queues.reduce((total, queue) => total + (queue.depth?.[name] ?? 0), 0);
    return {
      jobs: Object.fromEntries(["scheduled", "queued", "running", "retrying", "dead"].map((name) => [name, sum(name)])),
      rates: {}, failure_ratio: null, wait: null, oldest_ready_age: null, slots: null, workers: null,
      queues: queues.length, paused_queues: queues.filter(({ paused }) => paused).length, components: {}, scheduler_seen_at: null,
    };
  }
}

const tile = (name, value, note = null, href = null) => [name, [value, note, href], () => h(href ? "a.tile" : "div.tile", href ? { href } : {},
  h("span.tile-name", name), h("span.tile-value", value), note && h("span.tile-note", note))];

/** Tiles beside each other, each drawn anew only when it changes. */
const groups = new Map();
function tileGroup(label, tiles) {
  if (!groups.has(label)) {
    const node = h("div.tiles", { role: "group", "aria-label": label });
    groups.set(label, { node, draw: keeper(node) });
  }
  const group = groups.get(label);
  group.draw(tiles.filter(Boolean));
  return [label, null, () => group.node];
}

const componentNames = { postgres: "PostgreSQL", kafka: "Kafka", redis: "Redis" };

/** The parts above the charts. */
function figures(overview) {
  const { jobs, rates, wait, slots } = overview;
  const stateTile = (state) => [state, jobs[state], () => h("a.tile.state-tile", { href: link("/jobs", { state }), dataset: { state } },
    h("span.tile-name", badge(state)), h("span.tile-value", number(jobs[state])))];
  const troubles = Object.entries(overview.components ?? {}).filter(([, state]) => state !== "ok");
  const isLate = overview.scheduler_seen_at && Date.now() - new Date(overview.scheduler_seen_at) > 60_000;
  const { paused_queues: paused } = overview;
  return [
    troubles.length > 0 && ["troubles", troubles, () => h("div.notice.bad", { role: "alert" }, troubles.map(([name, state]) => h("p", `${componentNames[name] ?? name} is ${state}.`)))],
    isLate && ["scheduler", overview.scheduler_seen_at, () => h("p.notice.warn", "The scheduler was last seen ", time(overview.scheduler_seen_at), ": schedules and delayed jobs wait for it.")],
    paused > 0 && ["paused", paused, () => h("p.notice.warn", h("a", { href: link("/queues") }, `${plural(paused, "queue")} ${paused === 1 ? "is" : "are"} paused`), ": jobs wait there.")],
    overview.workers === 0 && jobs.queued > 0 && ["workers", null, () => h("p.notice.warn", "No worker is there: queued jobs wait for one.")],
    tileGroup("Jobs by state", states.filter((state) => state in jobs).map(stateTile)),
    tileGroup("The last minute", [
      tile("Completed per second", rate(rates.completed), rates.submitted === undefined ? null : `${rate(rates.submitted)} submitted`),
      tile("Failed attempts", percent(overview.failure_ratio), rates.failed === undefined ? null : `${rate(rates.failed)} per second, ${rate(rates.died)} died`, link("/jobs", { state: "dead,retrying" })),
      tile("Wait, 95 of 100", duration(wait?.p95 ?? null), wait ? `half within ${duration(wait.p50)}` : "no job began lately"),
      tile("Oldest that may run", duration(overview.oldest_ready_age), overview.oldest_ready_age === null ? "nothing waits" : "has waited so long", link("/jobs", { state: "queued" })),
      (slots || isAdmin()) && tile("Slots in use", slots ? `${number(slots.used)} / ${number(slots.total)}` : "–", overview.workers === null ? null : plural(overview.workers, "worker"), isAdmin() ? link("/workers") : null),
      tile("Queues", number(overview.queues), paused ? `${number(paused)} paused` : "none paused", link("/queues")),
    ]),
  ];
}

function makeCharts(page) {
  const make = (title, names, format, options = {}) => {
    const view = chart(page, { title, format, series: names.map(([, label, color, dash]) => ({ label, color, dash })), ...options });
    const show = ({ step, points }) => view.show({
      times: points.map(({ at }) => new Date(at).getTime() / 1000),
      values: names.map(([name, , , , perSecond]) => points.map((point) => (point[name] === null || point[name] === undefined ? null : perSecond ? point[name] / step : point[name]))),
    });
    return { view, show };
  };
  return [
    make("Throughput, jobs per second", [["completed", "completed", "--c-completed", false, true], ["submitted", "submitted", "--c-queued", true, true]], rate),
    make("Failures per second", [["failed", "failed attempts", "--c-retrying", true, true], ["died", "died", "--c-dead", false, true]], rate),
    make("Wait before a job begins", [["wait_p95", "95 of 100 within", "--c-scheduled", false], ["wait_p50", "half within", "--c-running", true]], duration),
    make("Jobs that wait and run", [["queued", "queued", "--c-queued", false], ["running", "running", "--c-running", true]], number, { isWhole: true }),
  ];
}

/** What an empty installation is told. */
function firstJob() {
  const command = `curl -X POST ${new URL("jobs", base)} \\\n  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '{"type": "echo", "payload": {"hello": "world"}}'`;
  return card("Submit the first job",
    h("p", "There is nothing here yet. Submit a job and watch it run:"),
    h("p", h("a.button.primary", { href: link("/new", { type: "echo" }) }, "Submit one here")),
    h("p", "Or from a terminal, with a token from ", h("code", "POST /login"), " or an API key:"),
    h("pre.command", { tabindex: "0" }, command),
    button("Copy", () => copy(command, "The command"), { kind: "small" }));
}
