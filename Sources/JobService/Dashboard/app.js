// The dashboard's beginning: signs in, or shows the pages within their frame.

import { loadMe } from "./lib/api.js";
import { currentTokens, onSignedOut } from "./lib/session.js";
import { fill } from "./lib/html.js";
import { installShortcuts } from "./lib/shortcuts.js";
import { installToasts } from "./lib/toast.js";
import { frame } from "./parts/frame.js";
import { showSignIn } from "./parts/sign-in.js";
import { addRoutes } from "./parts/routes.js";
import { start, stop } from "./lib/router.js";

const app = document.getElementById("app");

async function begin() {
  if (!currentTokens()) return showSignIn(app, begin);
  try {
    await loadMe();
  } catch (error) {
    if (currentTokens()) return showSignIn(app, begin, error.message);
    return showSignIn(app, begin);
  }
  const { node, outlet, onTurn } = frame();
  fill(app, node);
  return start(outlet, onTurn);
}

installToasts();
installShortcuts();
addRoutes();
onSignedOut(() => {
  stop();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.remove());
  showSignIn(app, begin, "You are signed out.");
});
begin();
