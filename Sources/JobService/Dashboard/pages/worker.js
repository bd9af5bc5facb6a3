// One worker: what it runs and for how long, what it serves; draining it and stopping its runs.

import { api, path, send } from "../lib/api.js";
import { button, card, clipped, copyable, empty, facts, meter } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { fill, h, keeper } from "../lib/html.js";
import { duration } from "../lib/numbers.js";
import { link, pagePath } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { table } from "../lib/table.js";
import { time } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { keepHeading } from "../parts/heading.js";
import { refresh, serverTime } from "../parts/paging.js";
import { drainButton } from "../parts/worker-actions.js";
import { healthBadge, silence, slotMeter } from "../parts/worker-words.js";
import { looks } from "../parts/roles.js";

export async function show(page) {
  page.heading("Worker");
  const reason = refusal(looks);
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const about = h("div.stack");
  const drawAbout = keeper(about);
  const gone = h("div");
  const list = table({
    caption: "What it runs",
    key: ({ id }) => id,
    href: ({ id }) => link(pagePath`/jobs/${id}`),
    columns: columns(() => read()),
    none: () => empty("It runs nothing"),
  });
  const runs = card("Runs", list.node);

  async function read() {
    const found = await find(page);
    fill(gone, !found && h("p.notice.warn", "This worker has no lease any more: it has ended, or cannot reach a job-service. What it ran is given to others."));
    if (!found) {
      list.show([]);
      return;
    }
    const { worker, now } = found;
    keepHeading(page, [worker.draining, worker.running], worker.name, () => [drainButton(worker, read)]);
    drawAbout([
      ["facts", [worker, Math.round(silence(worker, now))], () => describe(worker, now)],
      ["types", worker.types, () => h("div", h("h3", "Types that it has handlers for"), h("p.break", worker.types.join(", ") || "none"))],
    ]);
    if (worker.jobs) {
      list.show(worker.jobs.map((job) => ({ ...job, seconds: Math.max(0, Math.round((now - new Date(job.started_at).getTime()) / 1_000)) })));
    } else {
      fill(runs, h("h2", "Runs"), h("p.muted", "This server does not tell what a worker runs; it is of an earlier version."));
    }
  }

  await read();
  page.root.append(gone, card("How it does", about), runs);
  refresh(page, 2, read);
}

/** The worker, and the server's time: { worker, now }; null when it has no lease. */
async function find(page) {
  try {
    const response = await send(path`/workers/${page.params.id}`, { signal: page.signal });
    return { worker: await response.json(), now: serverTime(response) };
  } catch (error) {
    if (error.isUnknownCall) return findInList(page);
    if (error.status === 404) return null;
    throw error;
  }
}

async function findInList(page) {
  const response = await send("/workers", { parameters: { limit: 500 }, signal: page.signal });
  const worker = (await response.json()).workers.find(({ id }) => id === page.params.id);
  return worker ? { worker, now: serverTime(response) } : null;
}

function describe(worker, now) {
  const quiet = Math.round(silence(worker, now));
  return facts([
    ["Health", healthBadge(worker, now)],
    ["Slots taken", slotMeter(worker)],
    ["Heard of", quiet === 0 ? "now" : `${duration(quiet)} ago`],
    ["Lease until", time(worker.lease_until)],
    ["Up since", time(worker.started_at)],
    ["Tenant", worker.tenant ?? "all"],
    ["Queues", worker.queues.join(", ") || "all"],
    ["Id", copyable(worker.id, "the id")],
  ]);
}

async function stop(job, done) {
  const text = h("p", "The handler is told to stop, and the job is cancelled. A handler that does not heed it goes on to its end.");
  if (!(await confirm({ title: `Stop this ${job.type}?`, text, action: "Stop it", danger: true }))) return;
  await api.post(path`/jobs/${job.id}/cancel`);
  toast("The worker is told to stop it.", { kind: "good" });
  await done();
}

const columns = (done) => [
  { title: "Job", cell: ({ type, id }) => [type, h("span.muted.small", ` …${id.slice(-6)}`)] },
  { title: "Queue", wide: true, cell: ({ queue }) => clipped(queue, "short") },
  { title: "Tenant", wide: true, cell: ({ tenant }) => clipped(tenant, "short") },
  { title: "Attempt", class: "number", wide: true, cell: ({ attempt }) => attempt },
  { title: "For", class: "number", cell: ({ seconds }) => duration(seconds) },
  { title: "Progress", cell: ({ progress, type }) => progressCell(progress, type) },
  { title: "Actions", class: "narrow", cell: (job) => button("Stop", () => stop(job, done), { kind: "small danger", needs: { scope: "jobs:write" }, "aria-label": `Stop ${job.type} ${job.id}` }) },
];

/** How far a handler said that it is. */
function progressCell(progress, type) {
  if (!progress) return h("span.muted", "–");
  return [meter(progress.fraction, `Progress of ${type}`), progress.message && h("span.clip.small", progress.message)];
}
