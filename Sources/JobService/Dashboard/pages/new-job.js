// A job, or a schedule of jobs, made by hand.

import { api, path, send } from "../lib/api.js";
import { button, card, field, select, textInput } from "../lib/controls.js";
import { fill, h, newId } from "../lib/html.js";
import { fault, members, pretty } from "../lib/json.js";
import { go, pagePath, tenant } from "../lib/router.js";
import { me, refusal } from "../lib/session.js";
import { absolute, fromField, zoneName } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { complainFields, jsonField } from "../parts/edit-job.js";

/** The types that every installation has: what they do, and a payload to begin with. */
const examples = {
  echo: ["Returns its payload.", '{"hello": "world"}'],
  noop: ["Does nothing and succeeds.", "{}"],
  sleep: ["Sleeps for so many seconds; good for trying to cancel one.", '{"seconds": 30}'],
  fail: ["Fails in its first attempts, then succeeds.", '{"times": 2}'],
  "email.send": ["Stands in for a mail server; takes about a second.", '{"to": "ada@example.org", "subject": "Hello"}'],
  "report.generate": ["Takes some seconds, tells how far it is, and fails 3 times in 10.", '{"month": "2026-11"}'],
  "heavy.task": ["Keeps a processor busy for a moment.", '{"data": "anything"}'],
  "image.process": ["Always fails: it shows the way to the dead letters.", '{"url": "https://example.org/cat.png", "width": 320}'],
  "http.request": ["Makes a request of a host that the worker allows.", '{"method": "GET", "url": "https://example.org/"}'],
};

const namePattern = /^[A-Za-z0-9._-]{1,100}$/;

export async function show(page) {
  page.heading("New job");
  const types = h("datalist#types", Object.keys(examples).map((type) => h("option", { value: type })));
  const fields = {
    type: field("Type", textInput({ list: "types", required: true, placeholder: "email.send" }), { hint: "Which handler runs it." }),
    queue: field("Queue", textInput({ placeholder: "default" }), { hint: "Where it waits." }),
    payload: jsonField("Payload (JSON)", "{}"),
    priority: field("Priority", select(["critical", "high", "normal", "low"], "normal")),
    max_attempts: field("Attempts", h("input", { type: "number", min: "1", max: "100", placeholder: "5" })),
    timeout: field("Time limit in seconds", textInput({ inputmode: "decimal", placeholder: "none of its own" })),
    tags: field("Tags", textInput({ placeholder: "nightly, import" }), { hint: "With commas between them." }),
    delay: field("In how many seconds", textInput({ inputmode: "decimal", placeholder: "60" })),
    execute_at: field(`At (${zoneName()})`, h("input", { type: "datetime-local", step: "1" })),
    name: field("Name of the schedule", textInput({ placeholder: "nightly-report" })),
    cron: field("When", textInput({ placeholder: "0 2 * * *", spellcheck: "false" }), { hint: "A cron expression, or such as @daily or @every 10m." }),
    timezone: field("In the zone", textInput({ value: zoneName("local"), placeholder: "Europe/Berlin" })),
  };
  const what = h("p.small.muted", { role: "status" });
  const preview = h("p.small", { role: "status" });
  const complaint = h("div", { role: "alert" });
  const groupName = newId("when");
  const whens = [["now", "Now"], ["delay", "After a delay"], ["at", "At a time"], ["schedule", "On a schedule"]];
  const radios = whens.map(([value, label], index) => h("label.check", h("input", { type: "radio", name: groupName, value, checked: index === 0, onchange: drawWhen }), label));
  const when = () => radios.map((label) => label.querySelector("input")).find((input) => input.checked).value;
  const whenFields = h("div.form");
  const submit = button("Submit the job", () => save(), { kind: "primary", unless: refusal({ scope: "jobs:write" }) });
  const shared = { payload: fields.payload, priority: fields.priority, max_attempts: fields.max_attempts, timeout: fields.timeout, tags: fields.tags };

  function drawWhen() {
    fill(whenFields, { now: [], delay: [fields.delay], at: [fields.execute_at], schedule: [fields.name, fields.cron, fields.timezone, preview] }[when()]);
    submit.textContent = when() === "schedule" ? "Create the schedule" : "Submit the job";
    submit.refuse(refusal({ scope: when() === "schedule" ? "schedules:write" : "jobs:write" }));
  }

  function use(type) {
    const [text, payload] = examples[type];
    fields.type.input.value = type;
    fields.payload.input.value = pretty(payload);
    fields.payload.complain(null);
    what.textContent = text;
    validate("type");
  }

  const checks = {
    type: (text) => (text && !namePattern.test(text) ? "Letters, digits, '.', '_' and '-' only, 100 at most." : null),
    queue: (text) => (text && !namePattern.test(text) ? "Letters, digits, '.', '_' and '-' only, 100 at most." : null),
    max_attempts: (text) => (text && !(Number.isInteger(Number(text)) && text >= 1 && text <= 100) ? "A whole number from 1 to 100." : null),
    timeout: (text) => (text && !(Number(text) >= 0.001 && Number(text) <= 86_400) ? "A number of seconds from 0.001 to 86400." : null),
    delay: (text) => (text && !(Number(text) >= 0 && Number(text) <= 31_536_000) ? "A number of seconds from 0 to 31536000." : null),
    payload: (text) => fault(text),
  };
  const validate = (name) => {
    const text = checks[name]?.(fields[name].input.value.trim()) ?? null;
    fields[name].complain(text);
    return text;
  };
  for (const name of Object.keys(checks)) fields[name].input.addEventListener("input", () => validate(name));
  fields.type.input.addEventListener("input", () => { what.textContent = examples[fields.type.input.value]?.[0] ?? ""; });
  for (const name of ["cron", "timezone"]) fields[name].input.addEventListener("change", showPreview);

  async function showPreview() {
    const cron = fields.cron.input.value.trim();
    if (!cron) return;
    try {
      const found = await api.get("/schedules/preview", { cron, timezone: fields.timezone.input.value.trim(), count: 3 }, { signal: page.signal });
      fields.cron.complain(null);
      fields.timezone.complain(null);
      preview.textContent = `Next: ${found.next.map((at) => absolute(at, { timeZone: fields.timezone.input.value.trim() || "UTC" })).join(", ")}`;
    } catch (error) {
      if (error.name === "AbortError") return;
      preview.textContent = "";
      if (!complainFields({ cron: fields.cron, timezone: fields.timezone }, error)) fields.cron.complain(error.message);
    }
  }

  /** The body as text, with the payload as it was typed, so that its numbers stay as they are. */
  function body() {
    const parts = [];
    const add = (name, text) => parts.push(`${JSON.stringify(name)}: ${text}`);
    const value = (name) => fields[name].input.value.trim();
    const string = (name) => { if (value(name)) add(name, JSON.stringify(value(name))); };
    const amount = (name) => { if (value(name)) add(name, Number.isFinite(Number(value(name))) ? String(Number(value(name))) : JSON.stringify(value(name))); };
    string("type");
    string("queue");
    add("payload", value("payload") || "{}");
    string("priority");
    amount("max_attempts");
    amount("timeout");
    const tags = value("tags").split(",").map((tag) => tag.trim()).filter(Boolean);
    if (tags.length) add("tags", JSON.stringify(tags));
    if (when() === "delay") amount("delay");
    if (when() === "at" && fromField(fields.execute_at.input.value)) add("execute_at", JSON.stringify(fromField(fields.execute_at.input.value)));
    if (when() === "schedule") ["name", "cron", "timezone"].forEach(string);
    return `{${parts.join(", ")}}`;
  }

  async function save() {
    fill(complaint);
    const wrong = Object.keys(checks).filter((name) => fields[name].input.isConnected && validate(name));
    if (!fields.type.input.value.trim() && !fields.queue.input.value.trim()) {
      fields.type.complain("Name a type; without one the queue's name is taken, and there is none either.");
      wrong.push("type");
    }
    if (wrong.length) return fields[wrong[0]].input.focus();
    const isSchedule = when() === "schedule";
    try {
      const made = await (await send(isSchedule ? "/schedules" : "/jobs", { method: "POST", text: body() })).json();
      toast(isSchedule ? "The schedule is made." : "The job is submitted.", { kind: "good" });
      go(isSchedule ? pagePath`/schedules/${made.id}` : pagePath`/jobs/${made.id}`);
    } catch (error) {
      if (!complainFields(fields, error)) fill(complaint, h("p.notice.bad", error.message));
      const first = Object.values(fields).find(({ input }) => input.isConnected && input.getAttribute("aria-invalid"));
      first?.input.focus();
    }
    return undefined;
  }

  const form = h("form.stack", { onsubmit: (event) => { event.preventDefault(); submit.click(); }, novalidate: true }, types,
    card("What", h("div.form", fields.type, fields.queue), what, h("p.small", "Begin with an example: ", h("span.examples", Object.keys(examples).map((type) => h("button.small", { type: "button", onclick: () => use(type) }, type)))), fields.payload),
    card("When", h("div.row", { role: "radiogroup", "aria-label": "When" }, radios), whenFields),
    card("How", h("div.form", shared.priority, shared.max_attempts, shared.timeout, shared.tags)),
    tenant() && tenant() !== me().tenant && h("p.notice.warn", `It will be a job of your own tenant, ${me().tenant}: who is signed in submits.`),
    complaint,
    h("div.row", submit));
  page.root.append(form);
  drawWhen();

  if (page.query.from) await fillFrom(page, fields, what);
  else if (examples[page.query.type]) use(page.query.type);
  else fields.type.input.value = page.query.type ?? "";
  if (page.query.queue) fields.queue.input.value = page.query.queue;
  fields.type.input.focus({ preventScroll: true });
}

/** Takes everything from a job that there is. */
async function fillFrom(page, fields, what) {
  const { value: job, text } = await api.exact(path`/jobs/${page.query.from}`, {}, { signal: page.signal });
  fields.type.input.value = job.type;
  fields.queue.input.value = job.queue;
  fields.payload.input.value = pretty(members(text).get("payload") ?? "{}");
  fields.priority.input.value = job.priority;
  fields.max_attempts.input.value = job.max_attempts;
  fields.timeout.input.value = job.timeout ?? "";
  fields.tags.input.value = job.tags.join(", ");
  what.textContent = `As job ${job.id} was.`;
}
