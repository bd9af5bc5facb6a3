// Which page is shown: the part of the address after #. Whatever a page shows is in its address, so that it can be kept and shared.

import { awayPause } from "./api.js";
import { h, fill } from "./html.js";

const routes = [];
let outlet = null;
let current = null;
let wrap = (node) => node;
/** How far down each place of the browser's history was read, by a number that its entry keeps. */
const depths = new Map();
/** After how long, in milliseconds, a page that is brought up to date tells that the answer is late. */
const slowAfter = 4_000;
let entry = 0;
let depth = 0;

/** Adds a page. `pattern` is such as /jobs/:id; `load` imports its module, whose `show(page)` fills `page.root`. */
export function route(pattern, load) {
  routes.push({ pattern, parts: pattern.split("/"), load });
}

/** The path and the query of an address: { path, query }. */
export function parse(hash = location.hash) {
  const text = hash.replace(/^#/, "") || "/";
  const [path, search = ""] = text.split(/\?(.*)/s);
  return { path: path.startsWith("/") ? path : `/${path}`, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** A link to a page. Parameters that are null, undefined or empty are left out. The tenant that is looked at goes along. */
export function link(path, query = {}) {
  const { tenant } = parse().query;
  const all = { ...(tenant ? { tenant } : {}), ...query };
  const search = new URLSearchParams(Object.entries(all).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return `#${path}${search.size ? `?${search}` : ""}`;
}

/** The path of a page, with parts that may have any letters: pagePath`/jobs/${id}`. */
export const pagePath = (texts, ...parts) => texts.reduce((whole, text, index) => whole + text + (index < parts.length ? encodeURIComponent(parts[index]) : ""), "");

/** Goes to a page. */
export function go(path, query = {}, { replace = false } = {}) {
  const target = link(path, query);
  if (replace) {
    history.replaceState(history.state, "", target);
    turn();
  } else if (location.hash === target) {
    turn();
  } else {
    location.hash = target;
  }
}

/** Changes the query of the page that is shown; a value of null takes a parameter away. */
export function setQuery(changes, { replace = false } = {}) {
  const { path, query } = parse();
  go(path, { ...query, tenant: query.tenant ?? null, ...changes }, { replace });
}

/** Puts into the address how a page is shown already: nothing is shown anew. */
export function noteQuery(page, changes) {
  page.query = Object.fromEntries(Object.entries({ ...page.query, ...changes }).filter(([, value]) => value !== null));
  if (page.isShown) history.replaceState(history.state, "", link(page.path, { tenant: null, ...page.query }));
}

/** The tenant that an administrator looks at; null for all. */
export const tenant = () => parse().query.tenant ?? null;

/** The parameter that confines a list to the chosen tenant; none unless one is chosen. */
export const ofTenant = () => (tenant() ? { tenant: tenant() } : {});

/** The page that is shown. */
export const currentPage = () => current;

function find(path) {
  const parts = path.replace(/(.)\/$/, "$1").split("/");
  for (const route of routes) {
    if (route.parts.length !== parts.length) continue;
    const params = {};
    const fits = route.parts.every((part, index) => {
      if (!part.startsWith(":")) return part === parts[index];
      try {
        params[part.slice(1)] = decodeURIComponent(parts[index]);
      } catch {
        return false;
      }
      return params[part.slice(1)] !== "";
    });
    if (fits) return { route, params };
  }
  return null;
}

/** What a page is given. */
class Page {
  #leaving = [];
  #abort = new AbortController();
  #queryListener = null;
  #trouble = null;

  constructor(pattern, path, params, query, root) {
    Object.assign(this, { pattern, path, params, query, root });
  }

  /** Aborted when the page is left: for fetch. */
  get signal() {
    return this.#abort.signal;
  }

  /** Sets the heading and the window's title; `actions` stand beside it. */
  heading(text, ...actions) {
    document.title = `${text} · QueueFlow`;
    let header = this.root.querySelector(":scope > .page-header");
    if (!header) {
      header = h("div.page-header");
      this.root.prepend(header);
    }
    const focused = header.contains(document.activeElement) && document.activeElement.tagName === "H1";
    const title = h("h1", { tabindex: "-1" }, text);
    fill(header, title, h("div.actions", actions));
    if (focused) title.focus();
  }

  /** Calls a function when the page is left. */
  onLeave(run) {
    this.#leaving.push(run);
  }

  /** Has a function called when only the query changed, in place of showing the page anew. */
  onQuery(run) {
    this.#queryListener = run;
  }

  /** Changes the address; see `setQuery`. */
  setQuery(changes, options) {
    setQuery(changes, options);
  }

  /** Runs a function every so many seconds while the page is shown and the tab is seen, never twice at once. */
  every(seconds, run) {
    let isRunning = false;
    const timer = setInterval(async () => {
      if (document.hidden || isRunning) return;
      isRunning = true;
      await this.attempt(run);
      isRunning = false;
    }, seconds * 1000);
    this.onLeave(() => clearInterval(timer));
  }

  /** Runs what brings the page up to date. While that fails the page says that it is not, and why. */
  async attempt(run) {
    const slow = setTimeout(() => this.#tell("The server has not answered yet."), slowAfter);
    try {
      await run();
      this.#tell(null);
    } catch (error) {
      if (error.name !== "AbortError") this.#tell(`${error.message} It is tried again every few seconds.`);
    }
    clearTimeout(slow);
  }

  #tell(trouble) {
    const text = trouble && `What is shown may be out of date. ${trouble}`;
    if ((this.#trouble?.textContent ?? null) === text) return;
    this.#trouble?.remove();
    this.#trouble = text && h("p.notice.warn", { role: "status" }, text);
    if (text) this.root.querySelector(":scope > .page-header")?.after(this.#trouble);
  }

  /** Whether the page still is the one that is shown. */
  get isShown() {
    return current === this;
  }

  leave() {
    this.#abort.abort();
    for (const run of this.#leaving.splice(0)) run();
  }

  takeQuery(query) {
    if (!this.#queryListener) return false;
    this.query = query;
    this.#queryListener(query);
    return true;
  }
}

/** Keeps how far down the place that is left was read; answers how far this one was, null when it was not come back to. */
function enter() {
  const known = history.state?.entry;
  depths.set(entry, depth);
  entry = known ?? Math.random();
  depth = depths.get(entry) ?? 0;
  if (known === undefined) history.replaceState({ entry }, "");
  return depths.get(entry) ?? null;
}

// While a page is being made it is short, and what it is scrolled to says nothing.
const keepDepth = () => {
  if (current && !current.root.hasAttribute("aria-busy")) depth = window.scrollY;
};

/** Shows the page of the address. */
export async function turn() {
  if (!outlet) return;
  const readTo = enter();
  const { path, query } = parse();
  const before = current;
  if (before && before.path === path && before.takeQuery(query)) return;
  before?.leave();
  const found = find(path);
  const root = h("div.page");
  const page = new Page(found?.route.pattern ?? null, path, found?.params ?? {}, query, root);
  current = page;
  fill(outlet, root);
  wrap(page);
  if (!found) {
    page.heading("Nothing here");
    root.append(h("p", "There is no page at this address. ", h("a", { href: link("/") }, "Go to the overview"), "."));
  } else {
    root.setAttribute("aria-busy", "true");
    try {
      const module = await found.route.load();
      if (page.isShown) await module.show(page);
    } catch (error) {
      if (page.isShown && error.name !== "AbortError") failed(page, error);
    }
    root.removeAttribute("aria-busy");
  }
  if (!page.isShown) return;
  if (before && before.path !== path) {
    window.scrollTo(0, readTo ?? 0);
    // Whoever comes back stands where they left.
    const left = readTo === null ? null : [...root.querySelectorAll("a.row-link")].find((anchor) => parse(anchor.hash).path === before.path);
    left?.focus({ preventScroll: true });
    if (!root.contains(document.activeElement) || document.activeElement === document.body) root.querySelector("h1")?.focus({ preventScroll: true });
  }
}

/** Says on a page why it cannot be shown. */
export function failed(page, error) {
  if (!page.root.querySelector("h1")) page.heading(error.status === 404 ? "Not found" : "This page could not be shown");
  const again = () => {
    page.leave();
    current = null;
    return turn();
  };
  page.root.append(h("div.notice.bad", { role: "alert" },
    h("p", error.isUnknownCall ? "This server does not offer what the page needs; it is of an earlier version." : error.message),
    error.requestId && h("p.muted", "Request ", h("code", error.requestId)),
    h("button", { type: "button", onclick: again }, "Try again")));
  // A server that is away comes back.
  if (error.isAway) setTimeout(() => page.isShown && again(), awayPause);
  if (!(error.status >= 0)) console.error(error);
}

/** Begins: shows pages in a node. `onTurn` is told of each. */
export function start(node, onTurn) {
  outlet = node;
  wrap = onTurn;
  window.addEventListener("hashchange", turn);
  window.addEventListener("scroll", keepDepth, { passive: true });
  history.scrollRestoration = "manual";
  return turn();
}

/** Ends, as nobody is signed in any more. */
export function stop() {
  window.removeEventListener("hashchange", turn);
  window.removeEventListener("scroll", keepDepth);
  current?.leave();
  current = null;
  outlet = null;
}
