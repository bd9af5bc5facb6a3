// One action on many jobs: how many it would be, a word that it is meant, and how far it is.

import { api, path } from "../lib/api.js";
import { badge, field, meter, textInput } from "../lib/controls.js";
import { openDialog } from "../lib/dialog.js";
import { fill, h } from "../lib/html.js";
import { count, number, plural } from "../lib/numbers.js";
import { link, pagePath } from "../lib/router.js";
import { announce, toast } from "../lib/toast.js";

const words = {
  retry: { title: "Retry", done: "retried", what: "Dead letters are queued again, waiting ones run now. Jobs that run, or that ended well or by being cancelled, are passed over." },
  cancel: { title: "Cancel", done: "cancelled", what: "Waiting jobs are cancelled at once, running ones are told to stop. Jobs that have ended are passed over." },
  delete: { title: "Delete", done: "deleted", what: "They are gone for good, with their attempts and logs. Running jobs are passed over: cancel them first." },
};

/**
 * Carries out an operation after a dry run and a confirmation, and shows how far it is.
 *
 * - `kind`: "retry", "cancel" or "delete". `ids`: which jobs; or `filter`: those that match (members as the parameters of `GET /jobs`).
 * - `payload`: a merge patch for the payloads of dead letters that are retried.
 * - `what`: how they are called: "jobs" unless given.
 * Answers the operation as it ended or was left, or null when it was not begun.
 */
export async function runOperation({ kind, ids = null, filter = null, payload, what = "job" }) {
  const request = { kind, ...(ids ? { ids } : { filter }), ...(payload === undefined ? {} : { payload }) };
  let dry;
  try {
    dry = await api.post("/operations", { ...request, dry_run: true });
  } catch (error) {
    if (error.isUnknownCall && ids) return oneByOne(kind, ids);
    if (error.isUnknownCall) throw new Error("This server has no operations on many jobs; it is of an earlier version. Select them page by page.");
    throw error;
  }
  if (dry.matched === 0 && dry.is_exact) {
    toast("Nothing matches any more.");
    return null;
  }
  const operation = await ask(kind, request, dry, what);
  return operation && watch(operation, kind, what);
}

function ask(kind, request, dry, what) {
  return new Promise((resolve) => {
    let operation = null;
    const many = plural(dry.matched, what, `${what}s`, dry.is_exact);
    const rate = textInput({ inputmode: "decimal", placeholder: "as fast as it goes" });
    const rateField = field("Jobs per second", rate, { hint: "So that what they need is not overrun." });
    const isGrave = kind === "delete" || !dry.is_exact || dry.matched > 1000;
    const typed = isGrave ? textInput({ spellcheck: "false" }) : null;
    const start = {
      label: `${words[kind].title} ${many}`,
      kind: kind === "retry" ? "primary" : "danger",
      async run() {
        const given = rate.value.trim() === "" ? null : Number(rate.value);
        if (given !== null && !(given > 0)) {
          rateField.complain("must be a number above 0");
          return false;
        }
        operation = await api.post("/operations", { ...request, ...(given === null ? {} : { rate: given }) });
        return true;
      },
    };
    openDialog({
      title: `${words[kind].title} ${many}?`,
      body: [
        h("p", words[kind].what),
        dry.examples?.length > 0 && h("p.small.muted", "Among them: ", dry.examples.slice(0, 3).map((id, index) => [index > 0 && ", ", h("a", { href: link(pagePath`/jobs/${id}`), target: "_blank", rel: "noopener" }, h("code", id.slice(0, 8)))])),
        rateField,
        typed && field(["Type ", h("code", kind), " to go on"], typed),
      ],
      actions: [start],
      onClose: () => resolve(operation),
    });
    if (!typed) return start.button.focus();
    start.button.disabled = true;
    typed.addEventListener("input", () => { start.button.disabled = typed.value.trim() !== kind; });
    return typed.focus();
  });
}

const hasEnded = (operation) => ["done", "stopped", "failed"].includes(operation.state);

/** How far an operation is, as nodes: a bar and figures. */
export function operationProgress(operation) {
  const seen = operation.changed + operation.skipped;
  const share = hasEnded(operation) && operation.state === "done" ? 1 : operation.matched ? Math.min(1, seen / operation.matched) : 0;
  return h("div", meter(share, "Progress"),
    h("p.small", badge(operation.state, operation.state === "done" ? "good" : operation.state === "failed" ? "bad" : "running"), " ",
      h("strong", number(operation.changed)), ` ${words[operation.kind]?.done ?? "changed"}`,
      operation.skipped > 0 && `, ${number(operation.skipped)} passed over`,
      operation.matched !== null && ` of ${count(operation.matched)}`));
}

function watch(begun, kind, what) {
  return new Promise((resolve) => {
    let operation = begun;
    let timer = null;
    const place = h("div", { role: "status" });
    const stop = {
      label: "Stop it",
      kind: "danger",
      async run() {
        operation = await api.post(path`/operations/${operation.id}/stop`);
        draw();
        return false;
      },
    };
    const dialog = openDialog({
      title: `${words[kind].title} ${what}s`,
      body: [place, h("p.small.muted", "It goes on when this window is closed. ", h("a", { href: link(pagePath`/operations/${operation.id}`) }, "Its page"), " shows how far it is.")],
      actions: [stop],
      onClose() {
        clearTimeout(timer);
        resolve(operation);
      },
    });
    dialog.node.querySelector(".dialog-actions > button").textContent = "Close";
    dialog.node.querySelector("a").addEventListener("click", dialog.close);

    function draw() {
      fill(place, operationProgress(operation), operation.error && h("p.notice.bad", operation.error));
      if (!hasEnded(operation)) return;
      stop.button.hidden = true;
      const text = `${plural(operation.changed, what)} ${words[kind].done}${operation.skipped ? `, ${number(operation.skipped)} passed over` : ""}.`;
      if (operation.state === "done" && dialog.node.open) {
        toast(text, { kind: "good" });
        setTimeout(dialog.close, 400);
      } else {
        announce(text);
      }
    }

    async function poll() {
      if (!dialog.node.open) return;
      try {
        operation = await api.get(path`/operations/${operation.id}`);
        draw();
      } catch (error) {
        dialog.say(error.message);
      }
      if (!hasEnded(operation)) timer = setTimeout(poll, 500);
    }

    draw();
    timer = setTimeout(poll, 150);
  });
}

/** What an earlier server can do: one call for each. */
async function oneByOne(kind, ids) {
  if (kind === "delete") throw new Error("This server cannot delete jobs; it is of an earlier version.");
  let changed = 0;
  for (const id of ids) {
    try {
      await api.post(path`/jobs/${id}/${kind}`);
      changed += 1;
    } catch (error) {
      if (error.status !== 409 && error.status !== 404) throw error;
    }
  }
  toast(`${plural(changed, "job")} ${words[kind].done}, ${number(ids.length - changed)} passed over.`, { kind: "good" });
  return { state: "done", changed, skipped: ids.length - changed };
}
