// Stands in the page that asks for the access code. An address without a session's own part gets no cookie, so this
// brings a browser that has a session to it. What is stored belongs to this host and port alone.
"use strict";

(() => {
  const parts = /^\/simple-deploy(?:\/([\w-]{24}(?:\/|$))?(.*))?$/.exec(location.pathname);
  try {
    const home = localStorage.getItem("simple-deploy") || "";
    if (!parts || !/^\/simple-deploy\/[\w-]{24}\/$/.test(home)) return;
    if (parts[1]) {
      if (location.pathname.startsWith(home)) localStorage.removeItem("simple-deploy"); // it has ended
    } else if (!new URLSearchParams(location.search).has("code")) {
      location.replace(home + (parts[2] || "") + location.search + location.hash);
    }
  } catch {
    // Nothing is stored, or nothing may be: the page below asks for the code.
  }
})();
