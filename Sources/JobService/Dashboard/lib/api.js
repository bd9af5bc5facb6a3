// Calls of the REST API, by whoever has signed in. It lies one step above the pages, under whatever prefix.

import { askAgain, currentTokens, endSession, me, setMe, setTokens } from "./session.js";

/** After how long, in milliseconds, a server that was away is asked again. */
export const awayPause = 5_000;

/** Where the API is. */
export const base = new URL("../", new URL("./", document.baseURI));

/** A request that was not answered as it should have been. */
export class ApiError extends Error {
  constructor(status, problem, requestId = null) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
    /** What is wrong with which field: [{ field, detail, given }]. */
    this.fields = problem.errors ?? [];
    this.requestId = problem.request_id ?? requestId;
    if (this.fields.length) this.message += ` ${this.fields.map(({ field, detail }) => `${field}: ${detail}`).join("; ")}.`;
  }

  /** Whether the server is away, or fails, and may be back in a moment. */
  get isAway() {
    return this.status === 0 || this.status >= 500;
  }

  /** Whether this server does not know the call: an older one. */
  get isUnknownCall() {
    return this.status === 405 || (this.status === 404 && this.message.startsWith("There is nothing at this path"));
  }
}

/** A path of parts that are not to be read as more than one: path`/jobs/${id}`. */
export const path = (texts, ...parts) => texts.reduce((whole, text, index) => whole + text + (index < parts.length ? encodeURIComponent(parts[index]) : ""), "");

/** The URL of a call; parameters that are null, undefined or empty are left out, arrays are joined by commas. */
export function url(call, parameters = {}) {
  const target = new URL(call.replace(/^\//, ""), base);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) continue;
    target.searchParams.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  return target;
}

async function problemOf(response) {
  const requestId = response.headers.get("X-Request-Id");
  try {
    return new ApiError(response.status, await response.json(), requestId);
  } catch {
    return new ApiError(response.status, { title: `The server answered ${response.status} ${response.statusText}.` }, requestId);
  }
}

let refreshing = null;

/** Runs a function while no other tab does. Without locks, on plain http, a wait by chance keeps most of them apart. */
async function alone(run) {
  if (navigator.locks) return navigator.locks.request(`queueflow refresh ${base.pathname}`, run);
  await new Promise((resolve) => { setTimeout(resolve, Math.random() * 500); });
  return run();
}

/** Gets new tokens in the place of some, once for all who ask meanwhile; whether there are new ones. */
function refresh(used) {
  refreshing ??= alone(async () => {
    if (currentTokens() !== used) return Boolean(currentTokens());
    const response = await fetch(url("/token/refresh"), {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ refresh_token: used.refresh_token }),
    });
    // Only a refusal ends the session; a server that is away does not.
    if (response.status === 401 || response.status === 403) setTokens(null);
    if (!response.ok) return false;
    setTokens(await response.json());
    return true;
  }).catch(() => false).finally(() => { refreshing = null; });
  return refreshing;
}

/** Sees to it that a call that was refused can be made again: by the refresh token, or by whoever works here signing in again. */
async function renew(call, used, isAgain) {
  if (call === "/login") return false;
  if (currentTokens() && currentTokens() !== used) return true;
  if (used && !isAgain) {
    if (await refresh(used)) return true;
    if (currentTokens()) return false;
  }
  if (currentTokens() === used) setTokens(null);
  return call !== "/logout" && askAgain();
}

/**
 * Makes a call and answers the response, whatever its kind.
 *
 * - `options`: { method, body (a value for JSON), text (JSON as text), parameters, headers, signal, accept }.
 * Throws ApiError for every status from 400 on, and when the server cannot be reached (status 0).
 */
export async function send(call, { method = "GET", body, text, parameters, headers = {}, signal, accept = "application/json" } = {}) {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  let tokens;
  const attempt = async () => {
    const own = { Accept: accept, ...headers };
    tokens = currentTokens();
    if (tokens) own.Authorization = `Bearer ${tokens.access_token}`;
    if (content !== undefined) own["Content-Type"] = "application/json";
    try {
      return await fetch(url(call, parameters), { method, headers: own, body: content, signal, cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new ApiError(0, { detail: "The server cannot be reached. It is tried again when you ask again." });
    }
  };
  // While somebody is asked to sign in again, what the page does meanwhile waits.
  if (!currentTokens() && me() && call !== "/login" && call !== "/logout") await askAgain();
  let response = await attempt();
  for (let again = 0; response.status === 401 && again < 2; again += 1) {
    if (!(await renew(call, tokens, again > 0))) break;
    response = await attempt();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function json(call, options) {
  const response = await send(call, options);
  return response.status === 204 ? null : response.json();
}

export const api = {
  /** GET, as JSON. */
  get: (call, parameters, options = {}) => json(call, { parameters, ...options }),
  /** GET, as JSON and as the text it came as, and its ETag: { value, text, tag }. */
  async exact(call, parameters, options = {}) {
    const response = await send(call, { parameters, ...options });
    const text = await response.text();
    return { value: JSON.parse(text), text, tag: response.headers.get("ETag") };
  },
  post: (call, body, options = {}) => json(call, { method: "POST", body, ...options }),
  put: (call, body, options = {}) => json(call, { method: "PUT", body, ...options }),
  patch: (call, body, options = {}) => json(call, { method: "PATCH", body, ...options }),
  delete: (call, parameters, options = {}) => json(call, { method: "DELETE", parameters, ...options }),
};

/** Signs in. Throws ApiError when name or password are wrong. */
export async function signIn(username, password) {
  setTokens(await api.post("/login", { username, password }));
  await loadMe();
}

/** Learns who has signed in. */
export async function loadMe() {
  setMe(await api.get("/me"));
}

/** Ends the session, here and on the server. */
export async function signOut() {
  try {
    await api.post("/logout");
  } catch {
    // It has ended already, or the server is away: it is forgotten here anyway.
  }
  endSession();
}

/** Saves what a call answers as a file: a link cannot, as it does not bear the token. */
export async function download(call, name) {
  const blob = await (await send(call, { accept: "*/*" })).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
