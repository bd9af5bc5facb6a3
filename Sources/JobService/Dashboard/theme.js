// Sets the colours, and how close rows stand, before anything is drawn. A script of its own, as inline ones are not allowed.
(() => {
  const read = (name) => {
    try {
      return JSON.parse(localStorage.getItem(`queueflow.${name}`));
    } catch {
      return null;
    }
  };
  const { dataset } = document.documentElement;
  const theme = read("theme");
  if (theme === "light" || theme === "dark") dataset.theme = theme;
  if (read("density") === "roomy") dataset.density = "roomy";
})();
