// Who has signed in, and what they may do. The tabs of a browser share one session: a refresh token is good once, whichever of them uses it.

import { read, write } from "./settings.js";

let tokens = read("tokens", null, "sessionStorage");
let principal = null;
const endings = new Set();
const arrivals = new Set();

/** How long the other tabs are given to hand over their tokens, in milliseconds: without any of one's own, and with. */
const [askPause, lookPause] = [250, 60];

/** Between the tabs of this installation; another below the same host has another. */
const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(`queueflow ${new URL("./", document.baseURI).pathname}`) : null;

/** The tokens of the session; null when nobody has signed in. They are forgotten with the last tab. */
export const currentTokens = () => tokens;

function keep(value) {
  tokens = value;
  write("tokens", value, "sessionStorage");
}

/** Keeps tokens, or forgets them: here and in every tab that has the same ones. */
export function setTokens(value) {
  channel?.postMessage({ before: tokens?.refresh_token ?? null, tokens: value });
  keep(value);
}

/** Ends the session in all tabs. */
export function endSession() {
  channel?.postMessage({ before: tokens?.refresh_token ?? null, tokens: null, isOver: true });
  end();
}

function end() {
  keep(null);
  principal = null;
  for (const listener of endings) listener();
}

/** Takes over the session of another tab, if there is one. */
export function joinSession() {
  return new Promise((resolve) => {
    if (!channel) return resolve();
    const timer = setTimeout(done, tokens ? lookPause : askPause);
    function done() {
      clearTimeout(timer);
      channel.removeEventListener("message", take);
      resolve();
    }
    function take({ data }) {
      if (!data.answer) return;
      keep(data.answer);
      done();
    }
    channel.addEventListener("message", take);
    return channel.postMessage({ isQuestion: true });
  });
}

channel?.addEventListener("message", ({ data }) => {
  if (data.isQuestion) {
    // Only a session that is known to be good is handed on.
    if (tokens && principal) channel.postMessage({ answer: tokens });
  } else if ("tokens" in data && data.before === (tokens?.refresh_token ?? null)) {
    if (data.isOver && tokens) return end();
    keep(data.tokens);
    if (tokens) for (const listener of arrivals) listener();
  }
  return undefined;
});

/** Calls a function when the session has been ended by somebody who meant it; what is returned undoes that. */
export function onSignedOut(listener) {
  endings.add(listener);
  return () => endings.delete(listener);
}

/** Calls a function whenever another tab has handed on tokens; what is returned undoes that. */
export function onTokens(listener) {
  arrivals.add(listener);
  return () => arrivals.delete(listener);
}

let ask = async () => false;
let asking = null;

/** Sets what is done when the session has run out while somebody works: answers whether there is one again. */
export const onSessionLost = (run) => {
  ask = run;
};

/** Has whoever works here sign in again, once for all calls that wait for it; false when they do not, or nobody had signed in. */
export function askAgain() {
  if (!principal) return Promise.resolve(false);
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

/** What `GET /me` said: { subject, tenant, role, scopes }. */
export const me = () => principal;
export const setMe = (value) => {
  principal = value;
};

export const isAdmin = () => principal?.role === "ADMIN";

/**
 * Why something may not be done, in words; null when it may.
 *
 * - `scope`: such as "jobs:write".
 * - `admin`: whether it takes an administrator.
 */
export function refusal({ scope = null, admin = false } = {}) {
  if (!principal) return "Sign in first.";
  if (admin && principal.role !== "ADMIN") return `Only an administrator may do this; you are ${principal.subject}, of the role ${principal.role}.`;
  if (principal.role === "WORKER") return "A worker's key may not use the dashboard.";
  if (scope && principal.scopes && !principal.scopes.includes(scope)) return `This needs the scope ${scope}, which your key does not have.`;
  return null;
}
