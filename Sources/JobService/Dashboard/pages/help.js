// What the dashboard is, its keys, and where to read on.

import { card } from "../lib/controls.js";
import { h } from "../lib/html.js";
import { link } from "../lib/router.js";
import { showShortcuts } from "../lib/shortcuts.js";

const states = [
  ["scheduled", "waits for its time"],
  ["queued", "may run as soon as a worker with a handler for its type has a slot"],
  ["running", "a worker has it"],
  ["retrying", "an attempt failed; it waits for the next one"],
  ["completed", "its handler succeeded"],
  ["dead", "its attempts are used up, or another one is pointless: a dead letter, which can be replayed"],
  ["cancelled", "somebody cancelled it"],
];

export function show(page) {
  page.heading("Help", h("button", { type: "button", onclick: showShortcuts }, "Keyboard shortcuts ", h("kbd", "?")));
  page.root.append(
    h("div.grid",
      card("The states of a job", h("dl.help-states", states.map(([state, text]) => h("div", h("dt", h("a", { href: link("/jobs", { state }) }, state)), h("dd", text))))),
      card("How this dashboard works",
        h("ul.bullets",
          h("li", "Everything that a page shows is in its address: filters, the page of a list, the stretch of time, the tenant. Keep it or send it to somebody."),
          h("li", "Changes are shown as they happen. The button Live above pauses that, so that nothing moves while you read."),
          h("li", "Times are in your zone or in UTC, as the button above says. Point at a time for the other way to tell it."),
          h("li", "What you may not do is shown nevertheless, and says why when you press it."),
          h("li", "A count with a plus, such as 10 000+, was not counted to its end.")))),
    card("Read on",
      h("ul.bullets",
        h("li", h("a", { href: "../docs" }, "The API, call by call")),
        h("li", h("a", { href: "../openapi.json" }, "The API's description for programs")),
        h("li", "docs/dashboard.md in the repository says what each page shows"))));
}
