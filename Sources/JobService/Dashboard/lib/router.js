// Which page is shown: the part of the address after #. Whatever a page shows is in its address, so that it can be kept and shared.

import { h, fill } from "./html.js";

const routes = [];
let outlet = null;
let current = null;
let wrap = (node) => node;

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
    history.replaceState(null, "", target);
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

/** The tenant that an administrator looks at; null for all. */
export const tenant = () => parse().query.tenant ?? null;

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
      try {
        await run();
      } catch {
        // The next time may do better; what a page must tell it tells itself.
      } finally {
        isRunning = false;
      }
    }, seconds * 1000);
    this.onLeave(() => clearInterval(timer));
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

/** Shows the page of the address. */
export async function turn() {
  if (!outlet) return;
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
    window.scrollTo(0, 0);
    if (!root.contains(document.activeElement) || document.activeElement === document.body) root.querySelector("h1")?.focus({ preventScroll: true });
  }
}

/** Says on a page why it cannot be shown. */
export function failed(page, error) {
  if (!page.root.querySelector("h1")) page.heading(error.status === 404 ? "Not found" : "This page could not be shown");
  page.root.append(h("div.notice.bad", { role: "alert" },
    h("p", error.isUnknownCall ? "This server does not offer what the page needs; it is of an earlier version." : error.message),
    error.requestId && h("p.muted", "Request ", h("code", error.requestId)),
    h("button", { type: "button", onclick: () => turn() }, "Try again")));
  if (!(error.status >= 0)) console.error(error);
}

/** Begins: shows pages in a node. `onTurn` is told of each. */
export function start(node, onTurn) {
  outlet = node;
  wrap = onTurn;
  window.addEventListener("hashchange", turn);
  return turn();
}

/** Ends, as nobody is signed in any more. */
export function stop() {
  window.removeEventListener("hashchange", turn);
  current?.leave();
  current = null;
  outlet = null;
}
