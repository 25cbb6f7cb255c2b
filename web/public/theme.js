// Sets the colour theme before the first paint. A file of its own, because the content security policy
// forbids inline scripts. The key and the values are those of src/ui/theme.ts.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("laneway.theme") || "system";
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
  const dark =
    choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
