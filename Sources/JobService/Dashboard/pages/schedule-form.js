// Making a schedule, and editing one. What the expression means is shown while it is typed.

import { api, path } from "../lib/api.js";
import { card, field, select, textInput } from "../lib/controls.js";
import { confirm } from "../lib/dialog.js";
import { fill, h, newId } from "../lib/html.js";
import { fault, members, pretty } from "../lib/json.js";
import { go, link, pagePath } from "../lib/router.js";
import { refusal } from "../lib/session.js";
import { announce, toast } from "../lib/toast.js";
import { instants, missedWords, overlapWords, preview, zoneOf } from "../parts/schedule-words.js";

/** How long after the last key the server is asked what the expression means, in milliseconds. */
const pause = 300;

const examples = [
  ["*/5 * * * *", "every 5 minutes"], ["30 9 * * mon-fri", "weekdays at 9:30"], ["0 2 1 * *", "the first of each month"], ["@hourly", "each hour"],
  ["@daily", "each day"], ["@every 1h30m", "every 90 minutes"],
];

export async function show(page) {
  const { id } = page.params;
  page.heading(id ? "Edit schedule" : "New schedule");
  const reason = refusal({ scope: "schedules:write" });
  if (reason) {
    page.root.append(h("p.notice", reason));
    return;
  }
  const before = id ? await api.exact(path`/schedules/${id}`, {}, { signal: page.signal }) : null;
  const fields = makeFields(before);
  const meaning = h("div", { "aria-live": "polite" });
  const complaint = h("div", { role: "alert" });
  let version = before?.value.version;

  const look = delayed(page, () => showMeaning(page, fields, meaning));
  for (const name of ["cron", "timezone"]) fields[name].input.addEventListener("input", look);
  const save = h("button.primary", { type: "submit" }, id ? "Save" : "Create");
  const form = h("form.stack", {
    novalidate: true,
    async onsubmit(event) {
      event.preventDefault();
      if (save.disabled) return;
      save.disabled = true;
      try {
        await submit();
      } finally {
        save.disabled = false;
      }
    },
  },
  complaint,
  card("When",
    h("div.form", fields.name, fields.cron, fields.timezone),
    h("div.row", h("span.muted.small", "Such as"), examples.map(([cron, words]) => h("button.small", { type: "button", title: words, onclick: () => { fields.cron.input.value = cron; look(); } }, h("code", cron)))),
    meaning,
    h("div.form", fields.missed_runs, fields.overlap)),
  card("Its jobs",
    h("div.form", fields.type, fields.queue, fields.priority, fields.max_attempts, fields.timeout, fields.tags, fields.payload)),
  card("When a job fails", h("div.form", fields.strategy, fields.base, fields.factor, fields.max_delay, fields.jitter)),
  h("div.row", save, h("a.button", { href: id ? link(pagePath`/schedules/${id}`) : link("/schedules") }, "Cancel")));

  async function submit() {
    fill(complaint);
    for (const one of Object.values(fields)) one.complain(null);
    const { text, wrong } = body(fields);
    for (const [name, what] of wrong) fields[name].complain(what);
    if (wrong.length) return focusFirst(form);
    try {
      const headers = id ? { "If-Match": `"${version}"` } : {};
      const made = id ? await api.put(path`/schedules/${id}`, undefined, { text, headers }) : await api.post("/schedules", undefined, { text });
      toast(id ? `${made.name} is saved.` : `${made.name} is made.`, { kind: "good" });
      go(pagePath`/schedules/${made.id}`);
    } catch (error) {
      if (error.status === 412) return outdated();
      showFaults(error);
    }
    return undefined;
  }

  /** Somebody else wrote it meanwhile: their version is kept unless this one is to take its place. */
  async function outdated() {
    const value = await api.get(path`/schedules/${id}`, {}, { signal: page.signal });
    const text = [
      h("p", `It was changed since you began: it is now ${value.description ?? value.cron} (${value.cron}), of the type ${value.type}, version ${value.version}.`),
      h("p", "Yours can take its place, or you can look at theirs and begin anew."),
    ];
    if (!(await confirm({ title: "Somebody else changed it", text, action: "Save mine", danger: true }))) {
      fill(complaint, h("p.notice.warn", "Nothing was saved. ", h("a", { href: link(pagePath`/schedules/${id}`) }, "Look at theirs"), "."));
      return;
    }
    ({ version } = value);
    await submit();
  }

  function showFaults(error) {
    const rest = error.fields?.filter(({ field: name, detail }) => {
      const one = fields[{ queue_name: "queue", "retry.strategy": "strategy", "retry.base": "base", "retry.factor": "factor", "retry.max_delay": "max_delay" }[name] ?? name.split(/[.[]/)[0]];
      one?.complain(detail);
      return !one;
    }) ?? [];
    if (rest.length || !error.fields?.length) fill(complaint, h("p.notice.bad", error.message));
    else announce("Some fields are not right.");
    focusFirst(form);
  }

  page.root.append(form);
  if (!id) fields.name.input.focus();
  if (fields.cron.input.value) await showMeaning(page, fields, meaning);
}

const focusFirst = (form) => form.querySelector("[aria-invalid=true]")?.focus();

/** Calls a function when nothing has been typed for a moment. */
function delayed(page, run) {
  let timer = null;
  page.onLeave(() => clearTimeout(timer));
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, pause);
  };
}

async function showMeaning(page, fields, place) {
  const definition = { cron: fields.cron.input.value.trim(), timezone: fields.timezone.input.value.trim() || null };
  if (!definition.cron) return fill(place);
  try {
    const { next, description } = await preview(definition, { signal: page.signal });
    if (definition.cron !== fields.cron.input.value.trim()) return undefined;
    for (const name of ["cron", "timezone"]) fields[name].complain(null);
    return fill(place, h("p", h("strong", description)), instants(next, zoneOf(definition)));
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    fill(place);
    for (const { field: name, detail } of error.fields ?? []) fields[name]?.complain(detail);
    if (!error.fields?.length) fill(place, h("p.muted", error.message));
    return undefined;
  }
}

/** All fields, filled with what the schedule is like that is edited. */
function makeFields(before) {
  const value = before?.value ?? {};
  const payload = before ? members(before.text).get("payload") : "{}";
  const number = (attributes) => textInput({ inputmode: "decimal", ...attributes });
  const zones = h("datalist", { id: newId("zones") }, ["UTC", ...(Intl.supportedValuesOf?.("timeZone") ?? [])].map((name) => h("option", { value: name })));
  const { retry } = value;
  const fields = {
    name: field("Name", textInput({ value: value.name ?? "", required: true }), { hint: "Unique in the tenant: letters, digits, . _ -" }),
    cron: field("Cron expression", textInput({ value: value.cron ?? "", required: true, placeholder: "30 9 * * mon-fri" }), { hint: "Minute, hour, day, month, weekday; a second may come first; or @daily, @every 1h30m." }),
    timezone: field("Time zone", textInput({ value: value.timezone ?? "", list: zones.id, placeholder: "UTC" }), { hint: "Such as Europe/Berlin; UTC if empty." }),
    missed_runs: field("When runs were missed", select(Object.entries(missedWords), value.missed_runs ?? "latest")),
    overlap: field("While the one before goes on", select(Object.entries(overlapWords), value.overlap ?? "allow")),
    type: field("Type", textInput({ value: value.type ?? "", required: true }), { hint: "Which handler runs its jobs." }),
    queue: field("Queue", textInput({ value: value.queue ?? "", placeholder: "default" })),
    priority: field("Priority", select(["critical", "high", "normal", "low"], value.priority ?? "normal")),
    max_attempts: field("Attempts", number({ value: value.max_attempts ?? "", placeholder: "5" })),
    timeout: field("Timeout in seconds", number({ value: value.timeout ?? "", placeholder: "as the handler says" })),
    tags: field("Tags", textInput({ value: (value.tags ?? []).join(", ") }), { hint: "With commas between them." }),
    payload: field("Payload", h("textarea", { rows: "8", spellcheck: "false", value: pretty(payload) }), { hint: "JSON, 64 KiB at most.", wide: true }),
    strategy: field("Delays grow", select([["", "as the handler says"], "exponential", "linear", "fixed"], retry?.strategy ?? "")),
    base: field("First delay in seconds", number({ value: retry?.base ?? "", placeholder: "2" })),
    factor: field("Factor", number({ value: retry?.factor ?? "", placeholder: "2" })),
    max_delay: field("Longest delay in seconds", number({ value: retry?.max_delay ?? "", placeholder: "3600" })),
    jitter: field("By chance", select([["true", "delays are drawn by chance"], ["false", "delays are exact"]], String(retry?.jitter ?? true))),
  };
  fields.timezone.append(zones);
  fields.payload.input.addEventListener("input", () => fields.payload.complain(fault(fields.payload.input.value) && `This is no JSON: ${fault(fields.payload.input.value)}`));
  const policy = () => ["base", "factor", "max_delay", "jitter"].forEach((name) => { fields[name].input.disabled = fields.strategy.input.value === ""; });
  fields.strategy.input.addEventListener("change", policy);
  policy();
  return fields;
}

/** What the form says, as the body of a request, and what is no number or no JSON: { text, wrong: [[field, why]] }. */
function body(fields) {
  const wrong = [];
  const text = (name) => fields[name].input.value.trim() || undefined;
  const number = (name) => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (Number.isFinite(Number(value))) return Number(value);
    wrong.push([name, "It is a number, or empty."]);
    return undefined;
  };
  const payload = fields.payload.input.value.trim() || "{}";
  if (fault(payload)) wrong.push(["payload", `This is no JSON: ${fault(payload)}`]);
  const strategy = text("strategy");
  const rest = {
    name: text("name"), cron: text("cron"), timezone: text("timezone"), missed_runs: text("missed_runs"), overlap: text("overlap"), type: text("type"),
    queue: text("queue"), priority: text("priority"), max_attempts: number("max_attempts"), timeout: number("timeout"),
    tags: fields.tags.input.value.split(",").map((tag) => tag.trim()).filter(Boolean),
    retry: strategy && { strategy, base: number("base"), factor: number("factor"), max_delay: number("max_delay"), jitter: text("jitter") === "true" },
  };
  // The payload goes as it was typed: as a value its numbers would be rounded.
  return { text: `${JSON.stringify(rest).slice(0, -1)},"payload":${payload}}`, wrong };
}
