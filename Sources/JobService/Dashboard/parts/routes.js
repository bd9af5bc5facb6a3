// The pages: where each is, its name in the navigation, the key that leads there, and who may see it.

import { route } from "../lib/router.js";

/** What the navigation shows: { path, title, key (after g), admin (whether only an administrator may), group }. */
export const places = [
  { path: "/", title: "Overview", key: "o" },
  { path: "/jobs", title: "Jobs", key: "j" },
  { path: "/new", title: "New job", key: "n" },
  { path: "/dead-letters", title: "Dead letters", key: "d" },
  { path: "/schedules", title: "Schedules", key: "s" },
  { path: "/queues", title: "Queues", key: "q" },
  { path: "/operations", title: "Operations", key: "p" },
  { path: "/workers", title: "Workers", key: "w", admin: true, group: "Administration" },
  { path: "/users", title: "Users", key: "u", admin: true, group: "Administration" },
  { path: "/api-keys", title: "API keys", key: "k", admin: true, group: "Administration" },
  { path: "/tenants", title: "Tenants", key: "t", admin: true, group: "Administration" },
  { path: "/audit", title: "Audit", key: "a", admin: true, group: "Administration" },
  { path: "/account", title: "Account", key: "m", group: "You" },
  { path: "/help", title: "Help", key: "h", group: "You" },
];

/** Tells the router of every page. */
export function addRoutes() {
  route("/", () => import("../pages/overview.js"));
  route("/jobs", () => import("../pages/jobs.js"));
  route("/jobs/:id", () => import("../pages/job.js"));
  route("/new", () => import("../pages/new-job.js"));
  route("/help", () => import("../pages/help.js"));
  route("/dead-letters", () => import("../pages/dead-letters.js"));
  route("/dead-letters/:fingerprint", () => import("../pages/dead-letter-group.js"));
  route("/schedules", () => import("../pages/schedules.js"));
  route("/schedules/new", () => import("../pages/schedule-form.js"));
  route("/schedules/:id/edit", () => import("../pages/schedule-form.js"));
  route("/schedules/:id", () => import("../pages/schedule.js"));
  route("/queues", () => import("../pages/queues.js"));
  route("/queues/:name", () => import("../pages/queue.js"));
  route("/workers", () => import("../pages/workers.js"));
  route("/workers/:id", () => import("../pages/worker.js"));
  route("/operations", () => import("../pages/operations.js"));
  route("/operations/:id", () => import("../pages/operation.js"));
  route("/users", () => import("../pages/users.js"));
  route("/api-keys", () => import("../pages/api-keys.js"));
  route("/tenants", () => import("../pages/tenants.js"));
  route("/tenants/:name", () => import("../pages/tenant.js"));
  route("/audit", () => import("../pages/audit.js"));
  route("/account", () => import("../pages/account.js"));
}
