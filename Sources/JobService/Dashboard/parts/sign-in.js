// Where one signs in.

import { signIn } from "../lib/api.js";
import { field, textInput } from "../lib/controls.js";
import { fill, h } from "../lib/html.js";

/** Shows the form in a node; `done` is called when it has worked. */
export function showSignIn(node, done, message = null) {
  document.title = "Sign in · QueueFlow";
  const name = textInput({ name: "username", autocomplete: "username", autocapitalize: "none", required: true });
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true });
  const complaint = h("div", { role: "alert" }, message && h("p.notice", message));
  const submit = h("button.primary", { type: "submit" }, "Sign in");
  const form = h("form.card.sign-in", {
    async onsubmit(event) {
      event.preventDefault();
      submit.disabled = true;
      try {
        await signIn(name.value, password.value);
        done();
      } catch (error) {
        fill(complaint, h("p.notice.bad", error.message));
        submit.disabled = false;
        password.select();
      }
    },
  }, h("h1", { tabindex: "-1" }, h("img", { src: "favicon.svg", alt: "", width: "32", height: "32" }), "QueueFlow"),
  complaint, field("Name", name), field("Password", password), submit,
  h("p.muted.small", "The first account is ", h("code", "admin"), "; ", h("code", "make up"), " prints its password."));
  fill(node, h("main.sign-in-page", form));
  name.focus();
}
