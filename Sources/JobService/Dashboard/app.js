// The dashboard's beginning: signs in, or shows the pages within their frame.

import { awayPause, loadMe } from "./lib/api.js";
import { currentTokens, joinSession, onSessionLost, onSignedOut } from "./lib/session.js";
import { button } from "./lib/controls.js";
import { fill, h } from "./lib/html.js";
import { installShortcuts } from "./lib/shortcuts.js";
import { watch } from "./lib/settings.js";
import { installToasts } from "./lib/toast.js";
import { frame } from "./parts/frame.js";
import { showSignIn, signInAgain } from "./parts/sign-in.js";
import { addRoutes } from "./parts/routes.js";
import { start, stop } from "./lib/router.js";

const app = document.getElementById("app");

async function begin() {
  if (!currentTokens()) return showSignIn(app, begin);
  try {
    await loadMe();
  } catch (error) {
    return currentTokens() ? showAway(app, begin, error.message) : showSignIn(app, begin);
  }
  const { node, outlet, onTurn } = frame();
  fill(app, node);
  return start(outlet, onTurn);
}

/** Says that the server does not answer as it should, and tries again until it does. */
function showAway(node, done, message) {
  const timer = setTimeout(done, awayPause);
  const again = button("Try again", () => {
    clearTimeout(timer);
    return done();
  }, { kind: "primary" });
  fill(node, h("main.sign-in-page", h("div.card.sign-in", h("h1", "QueueFlow"), h("p.notice.bad", { role: "alert" }, message), again)));
}

watch("density", (value) => {
  if (value) document.documentElement.dataset.density = value;
  else delete document.documentElement.dataset.density;
});
installToasts();
installShortcuts();
addRoutes();
onSignedOut(() => {
  stop();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.remove());
  showSignIn(app, begin, "You are signed out.");
});
onSessionLost(signInAgain);
await joinSession();
begin();
