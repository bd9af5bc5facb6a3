// Where one signs in: as a page, and above a page whose session has run out.

import { loadMe, signIn } from "../lib/api.js";
import { button, field, textInput } from "../lib/controls.js";
import { fill, h, newId } from "../lib/html.js";
import { endSession, me, onSignedOut, onTokens } from "../lib/session.js";

/** A form for name and password; `done` is called when it has worked, `above` and `below` stand within. */
function signInForm({ name: known = "", message = null, above = null, below = null, done }) {
  const name = textInput({ name: "username", autocomplete: "username", autocapitalize: "none", required: true, value: known });
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  const complaint = h("div", { role: "alert" }, message && h("p.notice", message));
  const submit = h("button.primary", { type: "submit" }, "Sign in");
  const node = h("form.sign-in", {
    async onsubmit(event) {
      event.preventDefault();
      submit.disabled = true;
      try {
        await signIn(name.value, password.value);
        done();
      } catch (error) {
        fill(complaint, h("p.notice.bad", error.message));
        password.select();
      }
      submit.disabled = false;
    },
  }, above, complaint, field("Name", name), field("Password", password), submit, below);
  return { node, focus: () => (known ? password : name).focus() };
}

/** Shows the form in a node; `done` is called when it has worked, or when another tab has signed in. */
export function showSignIn(node, done, message = null) {
  document.title = "Sign in · QueueFlow";
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    unheard();
    done();
  };
  const form = signInForm({
    message,
    above: h("h1", { tabindex: "-1" }, h("img", { src: "favicon.svg", alt: "", width: "32", height: "32" }), "QueueFlow"),
    below: h("p.muted.small", "The first account is ", h("code", "admin"), "; ", h("code", "make up"), " prints its password."),
    done: over,
  });
  const unheard = onTokens(over);
  form.node.classList.add("card");
  fill(node, h("main.sign-in-page", form.node));
  form.focus();
}

/** Asks above the page to sign in again: what was typed there stays. Answers whether the same person has. */
export function signInAgain() {
  const before = me();
  return new Promise((resolve) => {
    const id = newId("again");
    const unheard = [onTokens(() => loadMe().then(close, () => {})), onSignedOut(() => finish(false))];
    const form = signInForm({
      name: before.subject,
      above: [h("h2", { id }, "Your session has ended"), h("p.muted", "Sign in again to go on where you are. Nothing of what you typed is lost.")],
      below: h("div.row", h("span.grow"), button("Sign out", () => endSession(), { kind: "link" })),
      done: close,
    });
    const node = h("dialog.again", { "aria-labelledby": id, oncancel: (event) => event.preventDefault() }, form.node);
    function finish(isSame) {
      for (const stop of unheard) stop();
      node.remove();
      resolve(isSame);
    }
    function close() {
      const { subject, tenant, role } = me();
      if (subject === before.subject && tenant === before.tenant && role === before.role) return finish(true);
      // Somebody else: nothing of what is shown is theirs.
      return location.reload();
    }
    document.body.append(node);
    node.showModal();
    form.focus();
  });
}
