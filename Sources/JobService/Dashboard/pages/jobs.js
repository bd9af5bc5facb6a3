// The jobs: found by whatever is known of them, and acted on one by one or all that match.

import { api, awayPause } from "../lib/api.js";
import { badge, button, clipped, empty, field, select, states, textInput } from "../lib/controls.js";
import { openDialog } from "../lib/dialog.js";
import { listen } from "../lib/events.js";
import { fill, h, newId, set } from "../lib/html.js";
import { count, duration, plural } from "../lib/numbers.js";
import { go, link, pagePath, parse, tenant } from "../lib/router.js";
import { isAdmin } from "../lib/session.js";
import { read, write } from "../lib/settings.js";
import { pageShortcut } from "../lib/shortcuts.js";
import { pager, table } from "../lib/table.js";
import { fromField, time, toField } from "../lib/time.js";
import { announce, toast } from "../lib/toast.js";
import { columnChoice } from "../parts/columns.js";
import { runOperation } from "../parts/operation-dialog.js";

const fields = "id,state,type,queue,tenant,priority,tags,attempt,max_attempts,created_at,execute_at,queued_at,started_at,finished_at,error,progress,worker_id";
const pageSize = 50;
/** How often, in milliseconds, the list is read anew at most while jobs change. */
const reloadPause = 2_000;
/** A search that looks through many jobs answers in parts. So many are asked for by themselves. */
const mostParts = 40;

/** What jobs are filtered by, besides the state: [parameter, label, example, choices or "time"]. */
const plain = [
  ["type", "Type"], ["queue", "Queue"], ["text", "Text", "payload, error or type"],
];
const more = [
  ["payload", "Payload", "such as user.id=42"],
  ["tag", "Tag"],
  ["priority", "Priority", [["", "any"], "critical", "high", "normal", "low"]],
  ["error_kind", "Failed by", [["", "anything"], ["error", "an error"], ["timeout", "a time-out"], ["lost", "a lost worker"], ["no_handler", "no handler"]]],
  ["created_after", "Created after", "time"],
  ["created_before", "Created before", "time"],
  ["worker", "Worker", "the id of a worker"],
  ["parent", "Parent", "the id of a job"],
];
const names = ["state", ...plain.map(([name]) => name), ...more.map(([name]) => name)];

/** The filter of an address: the parameters that are set. */
export function filterOf(query) {
  return Object.fromEntries(["tenant", ...names].filter((name) => query[name]).map((name) => [name, query[name]]));
}

/** The filter as `POST /operations` takes it. */
const operationFilter = (query) => {
  const filter = filterOf(query);
  if (filter.state) filter.state = filter.state.split(",");
  return filter;
};

export async function show(page) {
  const place = h("div");
  const total = h("span.muted", { role: "status" });
  const bar = h("div.selection", { hidden: true });
  const fresh = h("div", { hidden: true });
  const note = h("div");
  const columns = columnChoice(page, "jobs", jobColumns);
  const list = jobTable((selected) => drawBar(selected), columns.shown());
  columns.onChange(() => list.setColumns(columns.shown()));
  let all = false;
  let answer = null;
  let reading = null;
  let known = null;

  page.heading("Jobs", h("a.button.primary", { href: link("/new") }, "New job"));
  const filters = filterForm(page);
  page.root.append(savedViews(page), filters.node, h("div.row.list-head", total, h("span.grow"), fresh, h("div.list-tools", columns.node)), bar, note, list.node, place);

  async function load({ isQuiet = false } = {}) {
    const query = { ...page.query };
    reading?.abort();
    const own = new AbortController();
    reading = own;
    if (!isQuiet) list.node.setAttribute("aria-busy", "true");
    try {
      const parameters = { ...filterOf(query), cursor: query.cursor, fields, limit: pageSize };
      const value = await search(parameters, own.signal, (found) => {
        list.show(found);
        fill(note, h("p.notice", { role: "status" }, "Searching …"));
      });
      answer = value;
      list.node.hidden = false;
      fill(note, value.is_complete === false && h("p.notice", "There are many jobs, and only a part was looked through. The next page searches on."));
      list.show(value.jobs);
      fill(place, pager({ cursor: query.cursor, next: value.next_cursor, go: (cursor) => page.setQuery({ cursor }) }));
      filters.complain([]);
      fresh.hidden = true;
      const key = JSON.stringify(filterOf(query));
      if (key !== known || !isQuiet) countAll(query, key, own.signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 422) filters.complain(error.fields);
      if (isQuiet) throw error;
      list.node.hidden = true;
      total.textContent = "";
      fill(place);
      if (error.status !== 422 || !filters.hasComplaint()) fill(note, h("div.notice.bad", { role: "alert" }, error.message));
      if (error.isAway) setTimeout(() => page.isShown && reading === own && load(), awayPause);
    } finally {
      if (reading === own) list.node.removeAttribute("aria-busy");
    }
  }

  /** A page of jobs; of a search that answers in parts, as many parts as it takes, each told to `tell`. */
  async function search(parameters, signal, tell) {
    let value = await api.get("/jobs", parameters, { signal });
    let { jobs } = value;
    for (let part = 1; value.is_complete === false && value.next_cursor && jobs.length < pageSize && part < mostParts; part += 1) {
      tell(jobs);
      value = await api.get("/jobs", { ...parameters, cursor: value.next_cursor, limit: pageSize - jobs.length }, { signal });
      jobs = [...jobs, ...value.jobs];
    }
    return { ...value, jobs };
  }

  async function countAll(query, key, signal) {
    try {
      const found = await api.get("/jobs/count", filterOf(query), { signal });
      known = key;
      all = found;
      total.textContent = `${plural(found.count, "job", "jobs", found.is_exact)} ${Object.keys(filterOf(query)).length ? "match" : "in all"}`;
      if (found.count === 1 && found.is_exact) total.textContent = total.textContent.replace("match", "matches");
    } catch (error) {
      if (error.name === "AbortError") return;
      // An earlier server counts nothing; the list is there all the same.
      all = null;
      total.textContent = "";
    }
  }

  function drawBar(selected) {
    bar.hidden = selected.size === 0;
    if (bar.hidden) return;
    const isWhole = bar.dataset.whole === "yes";
    const pick = isWhole ? { filter: operationFilter(page.query) } : { ids: [...selected] };
    const act = (kind, label) => button(label, async () => {
      if (await runOperation({ kind, ...pick })) {
        clear();
        await load();
      }
    }, { needs: { scope: "jobs:write" }, kind: kind === "delete" ? "danger" : null });
    fill(bar,
      h("strong", isWhole ? `All that match${all ? ` (${count(all.count, all.is_exact)})` : ""}` : `${selected.size} selected`),
      act("retry", "Retry"), act("cancel", "Cancel"), act("delete", "Delete"), h("span.grow"),
      !isWhole && answer?.next_cursor && h("button.link", { type: "button", onclick: () => { bar.dataset.whole = "yes"; drawBar(selected); announce("All jobs that match are selected."); } }, `Select all that match${all ? ` (${count(all.count, all.is_exact)})` : ""}`),
      h("button.link", { type: "button", onclick: clear }, "Clear the selection"));
  }

  function clear() {
    bar.dataset.whole = "no";
    list.clearSelection();
  }

  // Rows that are seen change as their jobs do. What is new comes when nobody reads.
  let isDue = false;
  let last = 0;
  const isBeingRead = () => answer?.is_complete === false || window.scrollY > 40 || list.selected.size > 0 || list.node.matches(":hover") || list.node.contains(document.activeElement);
  function onEvents(events) {
    const rows = new Map(list.rows.map((row) => [row.id, row]));
    let isOther = false;
    for (const { event, data } of events) {
      const row = rows.get(data.id);
      if (event === "job-deleted") rows.delete(data.id);
      else if (row) rows.set(data.id, { ...row, ...Object.fromEntries(Object.entries(data).filter(([name]) => name in row)) });
      else isOther = true;
    }
    if (rows.size < list.rows.length) list.show(list.rows.filter((row) => rows.has(row.id)));
    for (const row of list.rows) if (rows.get(row.id) !== row) list.update(rows.get(row.id));
    if (isOther || events.length) soon();
  }
  function soon() {
    if (page.query.cursor || isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      last = Date.now();
      if (!page.isShown) return;
      if (!isBeingRead()) page.attempt(() => load({ isQuiet: true }));
      else showFresh();
    }, Math.max(50, reloadPause - (Date.now() - last)));
  }
  function showFresh() {
    if (!fresh.hidden) return;
    fill(fresh, h("button.small", { type: "button", onclick: () => page.attempt(() => load({ isQuiet: true })) }, "Jobs have changed: show"));
    fresh.hidden = false;
  }

  page.onQuery(() => {
    list.setColumns(columns.shown());
    clear();
    filters.write();
    load();
  });
  pageShortcut(page, "r", "Read the list anew", () => load());
  pageShortcut(page, "A", "Select all rows, or none", () => list.node.querySelector("thead input").click());
  pageShortcut(page, "n", "New job", () => go("/new"));
  await load();
  const { type, queue } = page.query;
  listen(page, { events: ["job"], filter: { type, queue }, onEvents, onReset: () => (isBeingRead() ? showFresh() : load({ isQuiet: true })) });
}

/** What can be told of jobs, in the order in which it stands. On a narrow screen there is room for what is not `wide`. */
const jobColumns = [
  { id: "type", title: "Job", fixed: true, cell: (job) => job.type },
  { id: "id", title: "Id", usual: true, wide: true, class: "nowrap", cell: (job) => h("code.job-id", { title: job.id }, job.id.slice(0, 8), "…", job.id.slice(-6)) },
  { id: "state", title: "State", usual: true, cell: (job) => badge(job.state) },
  { id: "note", title: "Note", usual: true, wide: true, cell: noteCell },
  { id: "queue", title: "Queue", usual: true, wide: true, cell: (job) => clipped(job.queue, "short") },
  { id: "tenant", title: "Tenant", usual: () => isAdmin() && !tenant(), wide: true, cell: (job) => clipped(job.tenant, "short") },
  { id: "priority", title: "Priority", wide: true, cell: (job) => (job.priority === "normal" ? h("span.muted", "normal") : job.priority) },
  { id: "tags", title: "Tags", wide: true, cell: (job) => h("span.tags", { title: job.tags?.join(", ") }, job.tags?.map((tag) => h("span.badge", { dir: "auto" }, tag))) },
  { id: "attempt", title: "Attempt", usual: true, class: "number", wide: true, cell: (job) => `${job.attempt}/${job.max_attempts}` },
  { id: "worker", title: "Worker", wide: true, cell: (job) => (job.worker_id ? h("code.job-id", { title: job.worker_id }, job.worker_id.slice(0, 8)) : h("span.muted", "–")) },
  { id: "created", title: "Created", usual: true, class: "nowrap", cell: (job) => time(job.created_at) },
  { id: "due", title: "Due", wide: true, cell: (job) => time(job.execute_at) },
  { id: "started", title: "Started", wide: true, cell: (job) => time(job.started_at) },
  { id: "ended", title: "Ended", wide: true, cell: (job) => time(job.finished_at) },
  { id: "waited", title: "Waited", class: "number nowrap", wide: true, cell: (job) => between(job.queued_at, job.started_at) },
  { id: "took", title: "Took", usual: true, class: "number nowrap", wide: true, cell: (job) => between(job.started_at, job.finished_at) },
];

function jobTable(onSelect, columns) {
  return table({
    caption: "Jobs, the newest first",
    key: (job) => job.id,
    href: (job) => link(pagePath`/jobs/${job.id}`),
    label: (job) => `${job.type} ${job.id}`,
    selectable: true,
    onSelect,
    none: () => empty("No job matches.", Object.keys(filterOf(parse().query)).length
      ? h("p", h("a", { href: "#/jobs" }, "Show all jobs"))
      : h("p", h("a", { href: link("/new") }, "Submit the first one"))),
    columns,
  });
}

/** What is to be known of a job in its state: when it is due, how far it is, what went wrong. */
function noteCell(job) {
  if (job.state === "running" && job.progress) {
    const share = `${Math.round(job.progress.fraction * 100)}\u202f%`;
    return clipped(job.progress.message ? `${share} · ${job.progress.message}` : share);
  }
  const due = job.state === "scheduled" || job.state === "retrying" ? time(job.execute_at) : null;
  const error = job.error && job.state !== "completed" ? clipped(job.error.split("\n")[0]) : null;
  return due || error ? h("div.note", due, error) : null;
}

/** How long it was from one time to the other. */
function between(from, to) {
  if (!from || !to) return h("span.muted", "–");
  return duration(Math.max(0, new Date(to) - new Date(from)) / 1000);
}

/** The filters; they are written from the address, and what is changed goes there. */
function filterForm(page) {
  const inputs = new Map();
  const fieldsByName = new Map();
  const change = (changes) => page.setQuery({ ...changes, cursor: null });

  const chips = states.map((state) => {
    const box = h("input", { type: "checkbox", value: state, onchange: () => change({ state: chosen().join(",") }) });
    return { state, box, node: h("label.chip", { class: `state-${state}` }, box, state) };
  });
  const chosen = () => chips.filter(({ box }) => box.checked).map(({ state }) => state);

  function make([name, label, kind]) {
    const input = Array.isArray(kind) ? select(kind, "") : kind === "time" ? h("input", { type: "datetime-local", step: "1" }) : textInput({ type: "search", name, placeholder: kind ?? null });
    input.addEventListener("change", () => change({ [name]: kind === "time" ? fromField(input.value) : input.value.trim() }));
    inputs.set(name, { input, isTime: kind === "time" });
    const node = field(label, input);
    fieldsByName.set(name, node);
    return node;
  }

  const reset = h("button.link", { type: "button", onclick: () => change(Object.fromEntries(names.map((name) => [name, null]))) }, "Clear all filters");
  const extra = h("details.more", h("summary", "More filters"), h("div.filters", more.map(make)));
  const node = h("form.card.filter-card", { role: "search", "aria-label": "Filter jobs", onsubmit: (event) => event.preventDefault() },
    h("fieldset.chips", h("legend.visually-hidden", "State"), chips.map((chip) => chip.node), h("span.grow"), reset),
    h("div.filters", plain.map(make)), extra);

  function write_() {
    const { query } = page;
    const on = (query.state ?? "").split(",");
    for (const { state, box } of chips) box.checked = on.includes(state);
    for (const [name, { input, isTime }] of inputs) {
      if (document.activeElement !== input || !input.value) input.value = isTime ? toField(query[name]) : query[name] ?? "";
    }
    if (more.some(([name]) => query[name])) extra.open = true;
    set(reset, "hidden", names.some((name) => query[name]) ? null : true);
  }
  write_();

  let hasComplaint = false;
  return {
    node,
    write: write_,
    hasComplaint: () => hasComplaint,
    complain(list) {
      hasComplaint = false;
      for (const [name, node] of fieldsByName) {
        const found = list.find((one) => one.field === name);
        node.complain(found?.detail);
        if (found) hasComplaint = true;
      }
    },
  };
}

/** Filters that were given a name on this browser. */
function savedViews(page) {
  const node = h("nav.views", { "aria-label": "Saved views" });
  const builtin = [["All", {}], ["Failed", { state: "dead,retrying" }], ["Running", { state: "running" }], ["Waiting", { state: "scheduled,queued" }]];
  const same = (one, other) => JSON.stringify(Object.entries(filterOf(one)).sort()) === JSON.stringify(Object.entries(filterOf(other)).sort());

  function save() {
    const name = textInput({ id: newId("view"), maxlength: "40" });
    openDialog({
      title: "Save this view",
      body: field("Name", name, { hint: "The filters and the columns, kept in this browser. To share them, send the address." }),
      actions: [{
        label: "Save", kind: "primary", run() {
          if (!name.value.trim()) return false;
          const views = read("views", []).filter((view) => view.name !== name.value.trim());
          write("views", [...views, { name: name.value.trim(), query: { ...filterOf(page.query), ...(page.query.columns ? { columns: page.query.columns } : {}) } }]);
          draw();
          return toast("The view is saved.", { kind: "good" });
        },
      }],
    });
    name.focus();
  }

  function draw() {
    const query = parse().query;
    const { tenant } = query;
    const views = read("views", []);
    const all = [...builtin.map(([name, filter]) => ({ name, query: { ...filter, ...(tenant ? { tenant } : {}) } })), ...views.map((view) => ({ ...view, isOwn: true }))];
    fill(node, h("ul.row", all.map((view) => h("li.view",
      h("a", { href: link("/jobs", { tenant: null, ...view.query }), "aria-current": same(query, view.query) ? "true" : null }, view.name),
      view.isOwn && h("button.icon.small", {
        type: "button", "aria-label": `Forget the view ${view.name}`, onclick: () => { write("views", views.filter((one) => one.name !== view.name)); draw(); },
      }, "✕"))),
    h("li", h("button.link.small", { type: "button", onclick: save }, "Save this view"))));
  }
  draw();
  window.addEventListener("hashchange", draw);
  page.onLeave(() => window.removeEventListener("hashchange", draw));
  return node;
}

