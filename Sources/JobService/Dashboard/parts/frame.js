// What is round every page: navigation, tenant, live updates, times, colours, account.

import { api, signOut } from "../lib/api.js";
import { select } from "../lib/controls.js";
import { eventStatus, isPaused, onEventStatus, setPaused } from "../lib/events.js";
import { fill, h, set } from "../lib/html.js";
import { go, link, parse, setQuery, tenant } from "../lib/router.js";
import { isAdmin, me } from "../lib/session.js";
import { watch, write } from "../lib/settings.js";
import { shortcut, showShortcuts } from "../lib/shortcuts.js";
import { setZone, zone, zoneName } from "../lib/time.js";
import { announce } from "../lib/toast.js";
import { places } from "./routes.js";

/** Makes the frame: { node, outlet (where pages stand), onTurn (to be told of each page) }. */
export function frame() {
  const outlet = h("main#main", { tabindex: "-1" });
  const nav = navigation();
  const menu = h("button.icon.menu", { type: "button", "aria-expanded": "false", "aria-controls": "navigation", "aria-label": "Menu", onclick: () => toggle() }, "☰");
  const tenantChoice = isAdmin() ? tenantSelect() : null;
  const toggle = (isOpen = menu.getAttribute("aria-expanded") !== "true") => {
    set(menu, "aria-expanded", String(isOpen));
    nav.node.classList.toggle("open", isOpen);
  };
  const node = h("div.frame",
    h("a.skip", { href: "#main", onclick: (event) => { event.preventDefault(); outlet.focus(); } }, "Skip to the content"),
    h("header.top",
      menu,
      h("a.brand", { href: link("/"), "aria-label": "QueueFlow" }, h("img", { src: "favicon.svg", alt: "", width: "26", height: "26" }), h("span", "QueueFlow")),
      h("div.grow"),
      tenantChoice?.node,
      live(),
      zoneButton(),
      themeButton(),
      h("button.icon", { type: "button", title: "Keyboard shortcuts (?)", "aria-label": "Keyboard shortcuts", class: "wide-only", onclick: showShortcuts }, "?"),
      account()),
    nav.node,
    outlet);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.getAttribute("aria-expanded") === "true") {
      toggle(false);
      menu.focus();
    }
  });
  for (const place of places) shortcut(`g ${place.key}`, place.title, () => go(place.path), "Go to");
  shortcut("/", "Go to the first filter", () => outlet.querySelector(".filters input, .filters select, input[type=search]")?.focus(), "Everywhere");
  shortcut("l", "Pause or resume live updates", () => setPaused(!isPaused()), "Everywhere");
  shortcut("z", "Show times in UTC or in your zone", () => setZone(zone() === "utc" ? "local" : "utc"), "Everywhere");
  return {
    node,
    outlet,
    onTurn() {
      toggle(false);
      nav.mark();
      tenantChoice?.mark();
    },
  };
}

function navigation() {
  const links = places.map((place) => {
    const isRefused = place.admin && !isAdmin();
    const anchor = isRefused
      ? h("span.refused", { title: "Only an administrator may see this.", role: "link", "aria-disabled": "true" }, place.title)
      : h("a", { href: link(place.path) }, place.title);
    return { place, anchor };
  });
  const groups = [...new Set(places.map(({ group }) => group))].map((group) => {
    const own = links.filter(({ place }) => place.group === group);
    return [group && h("h2", group, group === "Administration" && !isAdmin() && h("span.small", " (for administrators)")), h("ul", own.map(({ anchor }) => h("li", anchor)))];
  });
  const node = h("nav#navigation", { "aria-label": "Pages of the dashboard" }, groups, h("p.nav-foot", h("a", { href: "../docs" }, "API documentation")),
    h("p.nav-foot.narrow-only", h("button", { type: "button", onclick: signOut }, `Sign out ${me().subject}`)));
  const mark = () => {
    const { path } = parse();
    for (const { place, anchor } of links) {
      if (anchor.tagName !== "A") continue;
      const isHere = place.path === "/" ? path === "/" : path === place.path || path.startsWith(`${place.path}/`);
      set(anchor, "aria-current", isHere ? "page" : null);
      set(anchor, "href", link(place.path));
    }
  };
  return { node, mark };
}

/** The tenants that an administrator chooses from; the choice is in the address. */
function tenantSelect() {
  const choice = select([["", "All tenants"]], "", { "aria-label": "Tenant", onchange: () => setQuery({ tenant: choice.value || null, cursor: null }) });
  const mark = () => {
    const chosen = tenant() ?? "";
    if (chosen && ![...choice.options].some((option) => option.value === chosen)) choice.append(h("option", { value: chosen }, chosen));
    choice.value = chosen;
  };
  let shown = null;
  const load = async () => {
    try {
      const { tenants } = await api.get("/tenants", { limit: 200 });
      const names = tenants.map(({ name }) => name).join(" ");
      if (names === shown) return;
      shown = names;
      fill(choice, h("option", { value: "" }, "All tenants"), tenants.map(({ name }) => h("option", { value: name }, name)));
      mark();
    } catch {
      // The one that is looked at can still be told by the address.
    }
  };
  load();
  // There may be others meanwhile.
  for (const event of ["focus", "pointerenter"]) choice.addEventListener(event, load);
  return { node: choice, mark };
}

const words = { live: "Live", asking: "Live", connecting: "Connecting", polling: "Polling", paused: "Paused", off: "Idle" };
const meanings = {
  live: "Changes are shown as they happen.", asking: "Changes are shown every few seconds.", connecting: "The stream of events is being opened.",
  polling: "There is no stream of events; the page asks every few seconds.", paused: "Nothing changes until you resume.",
  off: "This page does not change by itself.",
};

function live() {
  const text = h("span.wide-only");
  const node = h("button.live", { type: "button", onclick: () => setPaused(!isPaused()) }, h("span.dot", { "aria-hidden": "true" }), text);
  const show = () => {
    const status = isPaused() ? "paused" : eventStatus();
    node.dataset.status = status;
    text.textContent = words[status];
    set(node, "aria-label", `Live updates: ${words[status]}. Press to ${isPaused() ? "resume" : "pause"}.`);
    set(node, "title", `${meanings[status]} Press to ${isPaused() ? "resume" : "pause"} (l).`);
  };
  onEventStatus(show);
  watch("paused", (value) => {
    show();
    announce(value ? "Live updates are paused." : "Live updates go on.");
  });
  show();
  return node;
}

function zoneButton() {
  const node = h("button.icon.text", { type: "button", onclick: () => setZone(zone() === "utc" ? "local" : "utc") });
  const show = () => {
    const other = zone() === "utc" ? zoneName("local") : "UTC";
    fill(node, zone() === "utc" ? "UTC" : "Local");
    set(node, "title", `Times are in ${zoneName()}. Press for ${other} (z).`);
    set(node, "aria-label", `Times are in ${zoneName()}. Press for ${other}.`);
  };
  watch("zone", show);
  show();
  return node;
}

const themes = { system: ["◐", "as the system has it"], light: ["☀", "light"], dark: ["☾", "dark"] };

/** The chosen colours: "system", "light" or "dark". */
const theme = () => document.documentElement.dataset.theme ?? "system";

function themeButton() {
  const order = Object.keys(themes);
  const node = h("button.icon", { type: "button", onclick: () => choose(order[(order.indexOf(theme()) + 1) % order.length]) });
  const show = () => {
    const [sign, word] = themes[theme()];
    fill(node, sign);
    set(node, "title", `Colours: ${word}. Press to change.`);
    set(node, "aria-label", `Colours: ${word}. Press to change.`);
  };
  const choose = (value) => {
    write("theme", value);
    announce(`Colours are ${themes[value][1]}.`);
  };
  watch("theme", (value) => {
    if (value === "light" || value === "dark") document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    show();
  });
  show();
  return node;
}

function account() {
  const { subject, role } = me();
  return h("span.account",
    h("a", { href: link("/account"), title: `${subject}, ${role}, tenant ${me().tenant}` }, h("span.name", subject), h("span.role", role)),
    h("button.small", { type: "button", onclick: signOut }, "Sign out"));
}
