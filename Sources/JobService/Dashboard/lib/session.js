// Who has signed in, and what they may do.

import { read, write } from "./settings.js";

let tokens = read("tokens", null, "sessionStorage");
let principal = null;
const listeners = new Set();

/** The tokens of the session; null when nobody has signed in. They are forgotten with the tab. */
export const currentTokens = () => tokens;

export function setTokens(value) {
  tokens = value;
  write("tokens", value, "sessionStorage");
  if (value === null) {
    principal = null;
    for (const listener of listeners) listener();
  }
}

/** Calls a function when the session has ended. */
export const onSignedOut = (listener) => listeners.add(listener);

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
