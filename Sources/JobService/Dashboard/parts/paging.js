// Lists that a call answers a page at a time. Where one is, and what it is narrowed to, stands in the address.

import { send } from "../lib/api.js";
import { field } from "../lib/controls.js";
import { isPaused, tellPolling } from "../lib/events.js";
import { h, keeper } from "../lib/html.js";
import { pager } from "../lib/table.js";
import { fromField, toField } from "../lib/time.js";
import { complain } from "../lib/toast.js";

/** Runs a function every so many seconds while the page is shown and live updates are not paused. */
export function refresh(page, seconds, run) {
  page.every(seconds, () => (isPaused() ? undefined : run()));
  tellPolling(page);
}

/** Of a search that answers in parts, as many parts as are asked for at once. */
const mostParts = 20;

/** When an answer was made, in milliseconds by the server's clock, which this browser's need not agree with. */
export const serverTime = (response) => Date.parse(response.headers.get("Date")) || Date.now();

/**
 * A list of what a call answers.
 *
 * - `call`: such as "/users". `member`: what its answer calls the list. `parameters()`: what it is asked besides the place.
 * - `list`: a table (see lib/table.js). `rows(answer, now)`: what it shows, if that is not the member as it is; `now` is in milliseconds by the
 *   server's clock.
 * - `seconds`: how often it is read again; 0 for never.
 * What is looked for among many comes in parts (`is_complete`); they are put together here.
 * Returns { node, read }, where `read` asks anew and throws what goes wrong.
 */
export function paged(page, { call, member, parameters = () => ({}), list, rows = (answer) => answer[member], seconds = 10 }) {
  const place = h("div");
  const draw = keeper(place);
  async function read() {
    const cursor = page.query.cursor ?? null;
    const asked = parameters();
    let response = await send(call, { parameters: { ...asked, cursor }, signal: page.signal });
    let answer = await response.json();
    for (let part = 1; answer.is_complete === false && answer.next_cursor && part < mostParts; part += 1) {
      const found = answer[member];
      response = await send(call, { parameters: { ...asked, cursor: answer.next_cursor, limit: asked.limit - found.length }, signal: page.signal });
      answer = await response.json();
      answer[member] = [...found, ...answer[member]];
    }
    if (cursor !== (page.query.cursor ?? null)) return;
    list.show(rows(answer, serverTime(response)));
    const { next_cursor: next, is_complete: isComplete } = answer;
    draw([
      ["note", isComplete, () => isComplete === false && h("p.notice", "There are many, and only a part was looked through. The next page searches on.")],
      ["pager", [cursor, next], () => pager({ cursor, next, go: (to) => page.setQuery({ cursor: to }) })],
    ]);
  }
  if (seconds > 0) refresh(page, seconds, read);
  return { node: h("div", list.node, place), read };
}

/**
 * A form whose fields narrow a list; what is chosen goes to the address, and from there to `read`.
 *
 * - `fields`: [{ name (of the parameter), label, input (a node with a value), hint, isTime (whether it is a time, in the chosen zone) }].
 */
export function filters(page, fields, read) {
  const own = fields.map((one) => ({ ...one, node: field(one.label, one.input, { hint: one.hint }) }));
  const mark = () => {
    for (const { name, input, isTime } of own) input.value = isTime ? toField(page.query[name]) : page.query[name] ?? "";
  };
  const apply = () => page.setQuery({
    ...Object.fromEntries(own.map(({ name, input, isTime }) => [name, isTime ? fromField(input.value) : input.value.trim() || null])), cursor: null,
  });
  const clear = () => page.setQuery({ ...Object.fromEntries(own.map(({ name }) => [name, null])), cursor: null });
  const form = h("form.filters", {
    role: "search",
    onsubmit(event) {
      event.preventDefault();
      apply();
    },
    onchange: (event) => event.target.tagName === "SELECT" && apply(),
  }, own.map(({ node }) => node), h("div.row", h("button", { type: "submit" }, "Apply"), h("button", { type: "button", onclick: clear }, "Clear")));
  mark();
  page.onQuery(() => {
    mark();
    read().catch(complain);
  });
  return form;
}
