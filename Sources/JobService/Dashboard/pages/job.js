// One job: where it stands and why, its attempts, what it was given and what came of it.

import { api, base, path, send } from "../lib/api.js";
import { badge, button, card, copy, copyable, facts, meter } from "../lib/controls.js";
import { confirm, openDialog } from "../lib/dialog.js";
import { listen } from "../lib/events.js";
import { fill, h, keeper } from "../lib/html.js";
import { jsonView, members } from "../lib/json.js";
import { number } from "../lib/numbers.js";
import { go, link, pagePath } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { pageShortcut } from "../lib/shortcuts.js";
import { absolute, time } from "../lib/time.js";
import { announce, toast } from "../lib/toast.js";
import { editJob, replayEdited } from "../parts/edit-job.js";
import { errorsCard } from "../parts/errors.js";
import { reasons } from "../parts/letter-dialog.js";
import { timeline } from "../parts/timeline.js";
import { whyCard } from "../parts/why.js";

const ended = ["completed", "dead", "cancelled"];
const waiting = ["scheduled", "queued", "retrying"];
/** More lines of a log are not kept on the page. */
const mostLines = 500;

/** The job as the page needs it: its members, and payload and result as texts. */
async function fetchJob(id, signal) {
  let answer;
  try {
    answer = await api.exact(path`/jobs/${id}`, { truncate: 65_536 }, { signal });
  } catch (error) {
    // An earlier server knows no `truncate`.
    if (error.status !== 422 || !error.fields.some(({ field }) => field === "truncate")) throw error;
    answer = await api.exact(path`/jobs/${id}`, {}, { signal });
  }
  const raw = members(answer.text);
  const text = (name) => {
    const head = answer.value[`${name}_head`];
    if (typeof head === "string") return { text: head, size: answer.value[`${name}_bytes`] };
    return { text: raw.get(name) ?? "null", size: null };
  };
  return { job: answer.value, tag: answer.tag, payload: text("payload"), result: text("result") };
}

const orEmpty = (promise, name) => promise.then((value) => value[name], (error) => {
  if (error.name === "AbortError") throw error;
  return [];
});

export async function show(page) {
  const { id } = page.params;
  const place = h("div.stack");
  const log = logCard(page, id);
  let shown = null;
  let loading = null;
  let isGone = false;

  async function load() {
    const [found, attempts, why] = await Promise.all([
      fetchJob(id, page.signal),
      orEmpty(api.get(path`/jobs/${id}/attempts`, {}, { signal: page.signal }), "attempts"),
      api.get(path`/jobs/${id}/explanation`, {}, { signal: page.signal }).catch(() => null),
    ]);
    if (shown && shown.job.state !== found.job.state) announce(`The job is ${found.job.state}.`);
    shown = { ...found, attempts, why };
    draw();
  }

  /** Reads it anew, once for all who ask meanwhile. */
  const soon = () => {
    loading ??= setTimeout(async () => {
      loading = null;
      try {
        await load();
      } catch (error) {
        if (error.status === 404) gone();
      }
    }, 250);
  };

  const gone = () => {
    isGone = true;
    page.heading("Job");
    headed = null;
    drawParts([["gone", null, () => h("p.notice", { role: "status" }, "The job is gone: it was deleted, or was kept long enough.")]]);
  };

  const drawParts = keeper(place);
  let headed = null;

  function draw() {
    const { job, attempts, payload, result, why } = shown;
    const head = JSON.stringify([job.type, job.state, job.cancel_requested_at]);
    if (head !== headed) page.heading(job.type, actions(() => shown, soon));
    headed = head;
    const isOver = ended.includes(job.state);
    const hasResult = job.state === "completed" || result.text !== "null";
    drawParts([
      ["state", head + job.reason, () => h("div.row", badge(job.state), copyable(job.id, "the job's id"),
        job.cancel_requested_at && !isOver && badge("cancelling", "warn"), job.reason && h("span.muted", `It died: ${reasons[job.reason] ?? job.reason}.`))],
      ["progress", [job.progress, job.state], () => progress(job)],
      !isOver && ["why", [why, job.state, job.execute_at, job.unhandled], () => whyCard(job, why)],
      // What is under way grows with time.
      ["attempts", [job, attempts, isOver || Date.now()], () => card("Attempts", timeline(job, attempts))],
      ["errors", [attempts, job.error], () => errorsCard(attempts.length ? attempts : job.error ? [{ run: job.run, attempt: job.attempt, error: job.error, kind: null }] : [])],
      ["data", [payload, hasResult && result], () => h("div.grid", dataCard(job, "Payload", payload, true), hasResult && dataCard(job, "Result", result, result.size !== null || result.text !== "null"))],
      ["details", job, () => card("Details", details(job))],
      ["log", null, () => log.node],
    ]);
  }

  page.heading("Job");
  page.root.append(place);
  await load();
  await log.load();
  pageShortcut(page, "r", "Read the job anew", load);
  pageShortcut(page, "R", "Retry it, or run it now", () => page.root.querySelector("[data-act=retry]")?.click());
  pageShortcut(page, "C", "Cancel it", () => page.root.querySelector("[data-act=cancel]")?.click());
  pageShortcut(page, "e", "Edit it", () => page.root.querySelector("[data-act=edit]")?.click());
  pageShortcut(page, "u", "Back to the jobs", () => go("/jobs"));

  listen(page, {
    events: ["job", "log"],
    onEvents(list) {
      for (const { event, data } of list) {
        if (data.id !== id) continue;
        if (isGone) continue;
        if (event === "job-deleted") gone();
        else if (event === "log") log.add(data.lines.map((line) => ({ run: data.run, ...line })));
        else if (data.state === shown.job.state && data.run === shown.job.run && data.progress && JSON.stringify(data.progress) !== JSON.stringify(shown.job.progress)) tellProgress(data.progress);
        else soon();
      }
    },
    onReset: () => Promise.all([load(), log.load()]),
  });

  function tellProgress(value) {
    shown.job.progress = value;
    draw();
  }

  // What waits or runs changes with time alone: why it waits, and how long.
  page.every(5, async () => {
    if (shown && !isGone && !ended.includes(shown.job.state)) await load();
  });
}

function progress(job) {
  if (!job.progress || job.state !== "running") return null;
  return h("div.progress", meter(job.progress.fraction, "Progress"), h("p.small", `${Math.round(job.progress.fraction * 100)}\u202f% `, job.progress.message));
}

/** What can be done; `now` answers the job as it is shown then. */
function actions(now, soon) {
  const { job } = now();
  const needs = { scope: "jobs:write" };
  const act = async (call, done, method = "post") => {
    await api[method](`${path`/jobs/${job.id}`}${call}`);
    toast(done, { kind: "good" });
    soon();
  };
  const isEnded = ended.includes(job.state);
  const canRetry = ["dead", "retrying", "scheduled"].includes(job.state);
  const retry = button(job.state === "dead" ? "Retry" : "Run now", () => act("/retry", "It is queued."), {
    needs, kind: canRetry ? "primary" : null, dataset: { act: "retry" },
    unless: canRetry ? null : isEnded ? "Only a dead letter can be retried. Duplicate it to run it again." : `It is ${job.state} already.`,
  });
  const cancel = button("Cancel", async () => {
    if (await confirm({ title: "Cancel this job?", text: job.state === "running" ? "Its handler is told to stop. It will not be tried again." : "It will not run.", action: "Cancel the job", danger: true })) await act("/cancel", job.state === "running" ? "It was told to stop." : "It is cancelled.");
  }, { needs, dataset: { act: "cancel" }, unless: isEnded ? "It has ended." : job.cancel_requested_at ? "It was told to stop already." : null });
  const remove = button("Delete", async () => {
    if (!(await confirm({ title: "Delete this job?", text: "It is gone for good, with its attempts and its log.", action: "Delete", danger: true, typed: "delete" }))) return;
    await api.delete(path`/jobs/${job.id}`);
    toast("It is deleted.", { kind: "good" });
    go("/jobs");
  }, { needs, kind: "danger", unless: job.state === "running" ? "It runs. Cancel it first." : null });
  const edit = button(job.state === "dead" ? "Edit and retry" : "Edit", () => (job.state === "dead" ? replayEdited(job, now().payload, soon) : editJob(now().job, now().payload, now().tag, soon)), {
    needs, dataset: { act: "edit" },
    unless: waiting.includes(job.state) || job.state === "dead" ? null : job.state === "running" ? "It runs with what it was given." : "It has ended. Duplicate it to run it anew, changed or not.",
  });
  const duplicate = button("Duplicate", () => go("/new", { from: job.id }), { needs });
  return [retry, cancel, edit, duplicate, button("Copy as …", () => copyAs(job, now().payload)), remove];
}

function dataCard(job, label, { text, size }, isKept) {
  const name = label.toLowerCase();
  return card(label, jsonView(text, { size, source: isKept ? `${path`/jobs/${job.id}`}/${name}` : null, name: `${job.id}-${name}.json`, label }));
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

async function copyAs(job, payload) {
  const whole = payload.size === null ? payload.text : await (await send(path`/jobs/${job.id}/payload`)).text();
  const body = `{"type": ${JSON.stringify(job.type)}, "queue": ${JSON.stringify(job.queue)}, "priority": ${JSON.stringify(job.priority)}, "payload": ${whole}}`;
  const target = new URL("jobs", base);
  const ways = [
    ["Submit one like it, with curl", `curl -X POST ${target} \\\n  -H "Authorization: Bearer $TOKEN" \\\n  -H 'Content-Type: application/json' \\\n  --data-raw ${quoted(body)}`],
    ["Read it, with curl", `curl -H "Authorization: Bearer $TOKEN" ${new URL(`jobs/${job.id}`, base)}`],
    ["Submit one like it, on the command line", `queueflow jobs submit ${job.type} --queue ${job.queue} --priority ${job.priority} --payload ${quoted(whole)}`],
    ["Read it, on the command line", `queueflow jobs get ${job.id}`],
  ];
  openDialog({
    title: "Copy as a command",
    wide: true,
    body: ways.map(([title, text]) => h("section", h("h3", title), h("pre.command", { tabindex: "0" }, text.length > 2_000 ? `${text.slice(0, 2_000)} …` : text), button("Copy", () => copy(text, title), { kind: "small" }))),
  });
}

function details(job) {
  return facts([
    ["Queue", h("a", { href: link(pagePath`/queues/${job.queue}`) }, job.queue)],
    ["Tenant", job.tenant],
    ["Priority", job.priority],
    ["Attempts", `${job.attempt} of ${job.max_attempts}`],
    ["Run", number(job.run)],
    ["Tags", job.tags.length ? job.tags.map((tag, index) => [index > 0 && ", ", h("a", { href: link("/jobs", { tag }) }, tag)]) : "–"],
    ["Submitted", time(job.created_at, { relative: false, millis: true })],
    job.execute_at && ["Due", time(job.execute_at)],
    ["Queued", time(job.queued_at, { relative: false, millis: true })],
    ["Started", time(job.started_at, { relative: false, millis: true })],
    ["Ended", time(job.finished_at, { relative: false, millis: true })],
    ["Time limit", job.timeout === null ? "none of its own" : `${job.timeout} s`],
    ["Retry policy", job.retry ? `${job.retry.strategy}, from ${job.retry.base} s, ${job.retry.max_delay} s at most` : "the handler's, or the default one"],
    job.worker_id && ["Worker", isAdmin() ? h("a", { href: link(pagePath`/workers/${job.worker_id}`) }, h("code", job.worker_id)) : h("code", job.worker_id)],
    job.parent_id && ["Parent", h("a", { href: link(pagePath`/jobs/${job.parent_id}`) }, h("code", job.parent_id))],
    ["Children", h("a", { href: link("/jobs", { parent: job.id }) }, "Jobs that it submitted")],
    ["Trace", job.trace_id ? copyable(job.trace_id, "the trace id") : "–"],
  ]);
}

/** What the handler logged: node, load(), add(lines). */
function logCard(page, id) {
  const entries = h("ol");
  const list = h("div.log-lines", { tabindex: "0", role: "log", "aria-label": "What the handler logged", "aria-live": "off" }, entries);
  const node = card("Log", list);
  let lines = new Map();
  const draw = () => {
    const all = [...lines.values()].sort((one, other) => one.run - other.run || one.number - other.number).slice(-mostLines);
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 8;
    fill(entries, all.length === 0
      ? h("li.muted", "Its handler has logged nothing.")
      : all.map((line) => h("li", h("span.muted", absolute(line.at, { millis: true }).slice(11)), " ", badge(line.level, { error: "bad", warning: "warn" }[line.level] ?? "level"), h("span.muted", ` run ${line.run} `), line.message)));
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  };
  draw();
  return {
    node,
    async load() {
      const found = await orEmpty(api.get(path`/jobs/${id}/log`, {}, { signal: page.signal }), "lines");
      lines = new Map(found.map((line) => [`${line.run}.${line.number}`, line]));
      draw();
    },
    add(more) {
      for (const line of more) lines.set(`${line.run}.${line.number}`, line);
      draw();
    },
  };
}
