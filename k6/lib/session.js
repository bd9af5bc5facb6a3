// Lets a run in. A token lasts for 15 minutes and logins are limited, so a run makes itself an API key and revokes it in the end.
import http from 'k6/http';
import { fail } from 'k6';
import { settings } from './settings.js';

/** What one sends with each request, and what has to be revoked in the end. */
export function setup() {
  if (settings.apiKey) return { headers: { 'X-API-Key': settings.apiKey } };
  if (!settings.password) {
    fail('no credentials: set QUEUEFLOW_API_KEY, or QUEUEFLOW_USERNAME and QUEUEFLOW_PASSWORD');
  }
  const token = login();
  const answer = http.post(
    `${settings.url}/api-keys`,
    JSON.stringify({ name: 'k6', tenant: __ENV.TENANT || 'default', role: 'USER' }),
    { headers: administration(token), tags: { name: 'POST /api-keys' }, responseType: 'text' },
  );
  if (answer.status !== 201) fail(`POST /api-keys: ${explain(answer)}`);
  return { headers: { 'X-API-Key': answer.json('key') }, key: answer.json('id') };
}

/** Revokes the key of the run. */
export function teardown(session) {
  if (!session.key) return;
  http.del(`${settings.url}/api-keys/${session.key}`, null, {
    headers: administration(login()),
    tags: { name: 'DELETE /api-keys/{id}' },
  });
}

/** An access token of the account that the run was given. */
export function login() {
  const answer = http.post(
    `${settings.url}/login`,
    JSON.stringify({ username: settings.username, password: settings.password }),
    { headers: { 'Content-Type': 'application/json' }, tags: { name: 'POST /login' }, responseType: 'text' },
  );
  if (answer.status !== 200) fail(`POST /login at ${settings.url}: ${explain(answer)}`);
  return answer.json('access_token');
}

/** The headers of a request to the administration. */
export function administration(token) {
  return { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
}

/** One line that says why an answer is not the one that was expected. */
export function explain(answer) {
  return answer.status === 0 ? answer.error : `${answer.status} ${String(answer.body).slice(0, 300)}`;
}
