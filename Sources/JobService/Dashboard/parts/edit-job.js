// Changing a job that waits, and replaying a dead letter with another payload.

import { api, path, send } from "../lib/api.js";
import { field, select, textInput } from "../lib/controls.js";
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/html.js";
import { fault, pretty } from "../lib/json.js";
import { fromField, toField, zoneName } from "../lib/time.js";
import { toast } from "../lib/toast.js";
import { mergePatch } from "./merge-patch.js";
import { goesOn } from "./operation-words.js";

/** How often, and how long apart in milliseconds, it is asked whether a replay is done. */
const [mostLooks, lookPause] = [25, 200];

/** The whole payload as text, indented; what was cut is asked for. */
async function wholePayload(job, payload) {
  return payload.size === null ? pretty(payload.text) : pretty(await (await send(path`/jobs/${job.id}/payload`)).text());
}

/** A field for JSON that says at once what is wrong with it. */
export function jsonField(label, text, options = {}) {
  const area = h("textarea", { rows: "12", spellcheck: "false", value: text });
  const node = field(label, area, { wide: true, ...options });
  area.addEventListener("input", () => node.complain(fault(area.value)));
  return node;
}

/** Shows a refusal's fields beside what they are about; answers whether that told everything. */
export function complainFields(fields, error) {
  let isTold = error.fields.length > 0;
  for (const node of Object.values(fields)) node.complain(null);
  for (const { field: name, detail } of error.fields) {
    const node = fields[name] ?? fields[name.split(/[.[]/)[0]];
    if (node) node.complain(detail);
    else isTold = false;
  }
  return isTold;
}

/**
 * Changes a job that waits.
 *
 * - `tag`: the entity tag of what is shown, so that nothing is changed that has changed meanwhile.
 * - `done`: called when it has worked.
 */
export async function editJob(job, payload, tag, done) {
  const before = await wholePayload(job, payload);
  const isTimed = job.state === "scheduled" || job.state === "retrying";
  const fields = {
    payload: jsonField("Payload", before),
    priority: field("Priority", select(["critical", "high", "normal", "low"], job.priority)),
    max_attempts: field("Attempts", h("input", { type: "number", min: "1", max: "100", value: job.max_attempts })),
    timeout: field("Time limit in seconds", textInput({ inputmode: "decimal", value: job.timeout ?? "" }), { hint: "Empty: none of its own." }),
    tags: field("Tags", textInput({ value: job.tags.join(", ") }), { hint: "With commas between them." }),
    ...(isTimed ? { execute_at: field(`Due (${zoneName()})`, h("input", { type: "datetime-local", step: "1", value: toField(job.execute_at) })) } : {}),
  };
  openDialog({
    title: "Edit the job",
    wide: true,
    body: h("div.form", Object.values(fields)),
    actions: [{
      label: "Save", kind: "primary",
      async run() {
        if (fault(fields.payload.input.value)) {
          fields.payload.complain(fault(fields.payload.input.value));
          return false;
        }
        const text = changes(job, before, fields);
        if (text === "{}") return true;
        try {
          await send(path`/jobs/${job.id}`, { method: "PATCH", text, headers: tag ? { "If-Match": tag } : {} });
        } catch (error) {
          if (error.status === 412) throw new Error("The job has changed meanwhile. Close this and look again.");
          if (error.isUnknownCall) throw new Error("This server cannot change jobs; it is of an earlier version.");
          if (complainFields(fields, error)) return false;
          throw error;
        }
        toast("It is changed.", { kind: "good" });
        done();
        return true;
      },
    }],
  });
}

/** The body of the change: what differs, with the payload as it was typed, so that its numbers stay as they are. */
function changes(job, before, fields) {
  const members = [];
  const add = (name, text) => members.push(`${JSON.stringify(name)}: ${text}`);
  if (fields.payload.input.value.trim() !== before.trim()) add("payload", fields.payload.input.value);
  if (fields.priority.input.value !== job.priority) add("priority", JSON.stringify(fields.priority.input.value));
  const attempts = fields.max_attempts.input.value.trim();
  if (attempts !== String(job.max_attempts)) add("max_attempts", JSON.stringify(Number.isNaN(Number(attempts)) ? attempts : Number(attempts)));
  const timeout = fields.timeout.input.value.trim();
  if (timeout !== String(job.timeout ?? "")) add("timeout", timeout === "" ? "null" : JSON.stringify(Number.isNaN(Number(timeout)) ? timeout : Number(timeout)));
  const tags = fields.tags.input.value.split(",").map((tag) => tag.trim()).filter(Boolean);
  if (tags.join(", ") !== job.tags.join(", ")) add("tags", JSON.stringify(tags));
  if (fields.execute_at && fields.execute_at.input.value !== toField(job.execute_at)) add("execute_at", JSON.stringify(fromField(fields.execute_at.input.value)));
  return `{${members.join(", ")}}`;
}

/** Replays a dead letter with another payload: as one operation, or else as a new job. */
export async function replayEdited(job, payload, done) {
  const before = await wholePayload(job, payload);
  const area = jsonField("Payload", before, { hint: "The job goes on with this one; its attempts begin anew." });
  openDialog({
    title: "Edit and retry",
    wide: true,
    body: area,
    actions: [{
      label: "Retry", kind: "primary",
      async run() {
        const text = area.input.value;
        if (fault(text)) {
          area.complain(fault(text));
          return false;
        }
        await replay(job, before, text);
        done();
        return true;
      },
    }],
  });
}

/** Replays a dead letter; `before` is its payload as JSON, `text` the one that it is to have. Answers when it is done, or goes on for long. */
export async function replay(job, before, text) {
  const patch = mergePatch(before, text);
  if (patch === null) {
    await api.post(path`/jobs/${job.id}/retry`);
    return toast("It is queued.", { kind: "good" });
  }
  const request = `{"kind": "retry", "ids": [${JSON.stringify(job.id)}], "payload": ${patch}}`;
  let operation = await api.post("/operations", undefined, { text: request });
  for (let look = 0; look < mostLooks && goesOn(operation); look += 1) {
    await new Promise((resolve) => { setTimeout(resolve, lookPause); });
    operation = await api.get(path`/operations/${operation.id}`);
  }
  if (operation.state === "failed") throw new Error(operation.error ?? "It could not be done.");
  if (operation.state === "done" && operation.changed === 0) throw new Error("Nothing was changed: it is no dead letter any more.");
  return toast(goesOn(operation) ? "It will be queued with the new payload." : "It is queued with the new payload.", { kind: "good" });
}
