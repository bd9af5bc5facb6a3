// Sets the colours before anything is drawn. A script of its own, as inline ones are not allowed.
(() => {
  const choice = (() => {
    try {
      return JSON.parse(localStorage.getItem("queueflow.theme"));
    } catch {
      return null;
    }
  })();
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
