// What the pages do beyond htmx. Everything works without it except following a log line by line.
"use strict";

(() => {
  const KEPT = 3000; // lines kept in the log while it is followed
  const NEAR = 24; // pixels from the bottom that still count as the bottom
  const REST = 50; // milliseconds between two times that lines are shown
  const PATIENCE = 5; // failed reconnections before the stream gives way to polling

  const byId = (id) => document.getElementById(id);

  // The way back from /simple-deploy/, which does not name the session: see entry.js.
  try {
    localStorage.setItem("simple-deploy", document.documentElement.dataset.home);
  } catch {
    // Then the terminal's link is the way back.
  }

  // Log ---------------------------------------------------------------------------------------------------------------

  const log = byId("log");
  const lines = byId("log-lines");
  const follow = byId("log-follow");
  const down = byId("log-down");
  const search = byId("log-search");
  const level = byId("log-level"); // of the lines of a deployed site
  const logFold = byId("log-fold");
  const arrived = []; // HTML of lines that are not shown yet
  let resting = false;
  let expanded = false; // earlier lines were asked for, so nothing is dropped until the end is followed again
  let ours = false; // the scrolling that is going on was not done by a person

  function atBottom() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  }

  function toBottom() {
    ours = true;
    log.scrollTop = log.scrollHeight;
  }

  function setFollow(on) {
    follow.checked = on;
    down.hidden = on || atBottom();
    if (on) {
      expanded = false;
      prune();
      toBottom();
    }
  }

  function prune() {
    if (expanded || !follow.checked) return;
    const surplus = lines.children.length - KEPT;
    if (surplus <= 0) return;
    const range = document.createRange();
    range.setStart(lines, 0);
    range.setEnd(lines, surplus);
    range.deleteContents();
    byId("log-earlier").hidden = false;
  }

  function fresh(html) {
    // Lines the page has already are left out: their ids are the numbers of their events.
    const template = document.createElement("template");
    template.innerHTML = html;
    const last = lines.lastElementChild ? Number(lines.lastElementChild.id.slice(1)) : 0;
    for (const line of [...template.content.children]) {
      if (line.id && (Number(line.id.slice(1)) <= last || byId(line.id))) line.remove();
      else mark(line);
    }
    return template.content;
  }

  function append(html) {
    lines.append(fresh(html));
    prune();
    count();
    if (follow.checked) toBottom();
    else down.hidden = atBottom();
  }

  // A flood comes faster than a page of this size is laid out. What comes while the page rests is shown together, and
  // each rest leaves the browser a moment for a click or a key.
  function arrive(html) {
    arrived.push(html);
    if (!resting) showArrived();
  }

  function showArrived() {
    if (!arrived.length) return;
    append(arrived.splice(0).join(""));
    if (resting) return;
    resting = true;
    setTimeout(() => {
      resting = false;
      showArrived();
    }, REST);
  }

  async function earlier(button) {
    const first = lines.firstElementChild;
    if (!first) return;
    button.disabled = true;
    try {
      const answer = await fetch(`${log.dataset.earlier}?before=${first.id.slice(1)}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const template = document.createElement("template");
      template.innerHTML = await answer.text();
      byId("log-earlier").hidden = !template.content.querySelector("template[data-more]");
      template.content.querySelector("template[data-more]")?.remove();
      expanded = true;
      setFollow(false);
      const height = log.scrollHeight;
      for (const line of template.content.children) mark(line);
      lines.prepend(template.content);
      ours = true;
      log.scrollTop += log.scrollHeight - height;
      count();
    } finally {
      button.disabled = false;
    }
  }

  // Filter: lines that hold the text, case ignored, the text marked. Text nodes only are touched, never markup.

  function unmark(line) {
    for (const found of line.querySelectorAll("mark")) found.replaceWith(found.textContent);
    line.normalize();
  }

  function mark(line) {
    const wanted = search.value.trim().toLowerCase();
    line.classList.remove("hit");
    if (!wanted || !line.textContent.toLowerCase().includes(wanted)) return;
    line.classList.add("hit");
    const start = line.textContent.toLowerCase().indexOf(wanted);
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    let at = 0; // a match may begin in one colour and end in another
    for (const node of nodes) {
      const from = Math.max(start - at, 0);
      const to = Math.min(start + wanted.length - at, node.data.length);
      at += node.data.length;
      if (from >= to) continue;
      const part = from ? node.splitText(from) : node;
      part.splitText(to - from);
      const box = document.createElement("mark");
      part.replaceWith(box);
      box.append(part);
    }
  }

  function count() {
    const wanted = search.value.trim();
    const serious = { warning: ":not(.level-info)", error: ".level-error" }[level?.value] || "";
    const shown = `.line${wanted ? ".hit" : ""}${serious}`;
    byId("log-count").textContent =
      wanted || serious ? `${lines.querySelectorAll(shown).length} of ${lines.children.length}` : "";
  }

  function filter() {
    for (const line of lines.children) {
      unmark(line);
      mark(line);
    }
    log.classList.toggle("filtered", search.value.trim() !== "");
    count();
    if (follow.checked) toBottom();
  }

  function openLog() {
    if (logFold) logFold.open = true;
  }

  function setUpLog() {
    log.addEventListener("scroll", () => {
      if (ours) {
        ours = false;
        return;
      }
      if (atBottom()) {
        down.hidden = true;
        if (byId("stream")) setFollow(true);
      } else if (follow.checked) {
        setFollow(false);
      }
    });
    follow.addEventListener("change", () => setFollow(follow.checked));
    down.addEventListener("click", () => setFollow(true));
    byId("log-earlier").querySelector("button").addEventListener("click", (event) => earlier(event.currentTarget));
    byId("log-times")?.addEventListener("change", (event) => log.classList.toggle("with-times", event.target.checked));
    byId("log-filter")?.addEventListener("submit", (event) => event.preventDefault());
    level?.addEventListener("change", () => {
      log.dataset.level = level.value;
      count();
      if (follow.checked) toBottom();
    });
    let waiting;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 120);
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        openLog();
        search.focus();
      }
    });
    if (follow.checked) toBottom();
  }

  // Stream ------------------------------------------------------------------------------------------------------------

  let failures = 0;

  function setUpStream() {
    document.addEventListener("lines", (event) => arrive(event.detail.data));
    document.addEventListener("htmx:sse:after:connection", () => {
      failures = 0;
      byId("log-link").hidden = true;
    });
    document.addEventListener("htmx:sse:error", () => {
      failures += 1;
      if (failures > 1) byId("log-link").hidden = false;
      if (failures >= PATIENCE) poll();
    });
    // The very first connection is not repeated by htmx when it fails.
    document.addEventListener("htmx:error", (event) => {
      if (event.target.id === "stream") setTimeout(poll, 1000);
    });
    document.addEventListener("done", () => {
      showArrived();
      byId("log-link").hidden = true;
      byId("stream")?.remove();
      announceEnd();
    });
    document.addEventListener("htmx:after:swap", () => {
      const template = document.querySelector("#stream template[data-lines]");
      if (!template) return;
      const html = template.innerHTML;
      template.remove();
      byId("log-link").hidden = true;
      showArrived();
      append(html);
      if (!byId("stream").hasAttribute("hx-get")) {
        byId("stream").remove();
        announceEnd();
      }
    });
  }

  function announceEnd() {
    // Nobody who reads the log has it taken away.
    const isRead = !follow.checked || search.value || logFold?.contains(document.activeElement);
    follow.checked = false;
    down.hidden = true;
    watch(document);
    toFailure();
    const isTold = ["succeeded", "undone"].includes(byId("run-head")?.dataset.state);
    if (isTold && logFold && !isRead) logFold.open = false;
  }

  function poll() {
    const stream = byId("stream");
    if (!stream?.dataset.poll || stream.hasAttribute("hx-get")) return;
    showArrived();
    const last = lines.lastElementChild ? lines.lastElementChild.id.slice(1) : "0";
    const fallback = document.createElement("div");
    fallback.id = "stream";
    fallback.setAttribute("hx-get", `${stream.dataset.poll}&after=${last}`);
    fallback.setAttribute("hx-trigger", "every 1s");
    fallback.setAttribute("hx-swap", "outerHTML");
    stream.replaceWith(fallback);
    htmx.process(fallback);
  }

  // The state of the run: in the icon of the tab, and in a notification where somebody asked for one.

  const icon = document.querySelector('link[rel="icon"]');
  const icons = { queued: "busy", running: "busy", waiting: "asks", succeeded: "ok", failed: "bad", blocked: "bad", interrupted: "bad" };
  let state = byId("run-head")?.dataset.state;
  let notifies = false;

  function showState() {
    const now = byId("run-head")?.dataset.state;
    if (!now) return;
    const wanted = icon.dataset[icons[now]];
    if (wanted && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
    if (now === state) return;
    state = now;
    if (notifies && document.hidden && !["queued", "running"].includes(now)) new Notification(document.title);
  }

  async function askToNotify(button) {
    notifies = (await Notification.requestPermission()) === "granted";
    button.querySelector("span").textContent = notifies ? "You will be notified" : "Not allowed";
    button.disabled = true;
  }

  // A failure is where the log is to be read first.

  function toFailure() {
    const step = document.querySelector("#run-steps .step-failed a[href^='#e']");
    const line = step && document.querySelector(step.getAttribute("href"));
    if (!line || location.hash.startsWith("#e")) return;
    setFollow(false);
    ours = true;
    log.scrollTop = line.offsetTop - log.offsetTop;
  }

  // Small things ------------------------------------------------------------------------------------------------------

  function spoken(seconds) {
    const whole = Math.max(Math.floor(seconds), 0);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
    return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
  }

  function ago(seconds) {
    if (seconds < 45) return "just now";
    if (seconds < 3600) return `${Math.max(Math.round(seconds / 60), 1)} min ago`;
    if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
    if (seconds < 86400 * 14) return `${Math.round(seconds / 86400)} days ago`.replace(/^1 days/, "1 day");
    return "";
  }

  function tick() {
    const now = Date.now() / 1000;
    for (const element of document.querySelectorAll("[data-since]")) {
      const text = spoken(now - Number(element.dataset.since));
      if (element.textContent !== text) element.textContent = text;
    }
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const text = ago(now - Number(element.dataset.ago));
      element.title ||= element.textContent;
      if (text && element.textContent !== text) element.textContent = text;
    }
  }

  byId("log-copy")?.addEventListener("click", (event) => {
    const seen = [...lines.children].filter((line) => line.offsetParent).map((line) => line.textContent);
    event.currentTarget.dataset.copy = seen.join("\n");
    copy(event.currentTarget);
  });

  async function copy(button) {
    const label = button.querySelector("span") || button;
    const before = button.dataset.label || label.textContent;
    button.dataset.label = before;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      label.textContent = "Copied";
    } catch {
      label.textContent = "Press Ctrl+C";
      const text = button.parentElement.querySelector("pre, a");
      if (text) getSelection().selectAllChildren(text);
    }
    setTimeout(() => (label.textContent = before), 2000);
  }

  // A secret is shown while its button is pressed in.

  function reveal(button) {
    const input = byId(button.dataset.reveal);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? "Hide" : "Show";
  }

  // Fields that depend on another one are shown, and sent, only while that one has the right value.

  function depend(form) {
    for (const field of form.querySelectorAll("[data-when]")) {
      const inputs = [...form.querySelectorAll(`[name="${CSS.escape(field.dataset.when)}"]`)];
      const shown = inputs.some((input) => {
        if (input.disabled) return false;
        if (input.type === "checkbox") return (input.checked ? "yes" : "no") === field.dataset.whenValue;
        if (input.type === "radio") return input.checked && input.value === field.dataset.whenValue;
        return input.value === field.dataset.whenValue;
      });
      field.hidden = !shown;
      for (const input of field.querySelectorAll("input, select, textarea")) input.disabled = !shown;
    }
  }

  // The step under way stays in sight where the list of steps scrolls by itself.

  function showStep() {
    const steps = byId("run-steps");
    const step = steps?.querySelector(".step-running");
    if (!step || steps.scrollHeight <= steps.clientHeight || steps.matches(":hover, :focus-within")) return;
    steps.scrollTop += step.getBoundingClientRect().top - steps.getBoundingClientRect().top - steps.clientHeight / 2;
  }

  function watch(root) {
    for (const button of root.querySelectorAll("[data-reveal]")) button.hidden = false;
    for (const form of root.querySelectorAll("form")) if (form.querySelector("[data-when]")) depend(form);
    showStep();
    showState();
    tick();
  }

  document.addEventListener("change", (event) => event.target.form?.querySelector("[data-when]") && depend(event.target.form));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    const shows = event.target.closest("[data-reveal]");
    if (shows) reveal(shows);
    const fold = event.target.closest("[data-fold]");
    if (fold) for (const file of document.querySelectorAll(".diff")) file.open = fold.dataset.fold === "open";
    const file = event.target.closest('a[href^="#diff-"]');
    if (file) document.querySelector(file.getAttribute("href")).open = true;
    const line = event.target.closest(".line[id]");
    // What stands left of a line is a link to it: the time, where times are shown.
    if (line && getSelection().isCollapsed && event.clientX - line.getBoundingClientRect().left < (log.classList.contains("with-times") ? 84 : 22)) {
      setFollow(false);
      location.hash = line.id;
      navigator.clipboard?.writeText(location.href).catch(() => {});
    }
    const step = event.target.closest('a[href^="#e"]');
    if (step && lines && !document.querySelector(step.getAttribute("href"))) event.preventDefault();
    else if (step && follow) {
      openLog();
      setFollow(false);
    }
  });
  // A second click starts nothing twice. The button that was pressed must still be sent, so it is disabled for show.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-once")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  }, true);
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  };
  for (const name of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(name, (event) => event.target.matches?.("form[data-once]") && release(event.target));
  }
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  // What somebody has opened or folded stays so when the news of a run bring the same thing again.
  const folds = new Map();
  document.addEventListener("htmx:before:swap", () => {
    for (const each of document.querySelectorAll("#run-outcome details[id]")) folds.set(each.id, each.open);
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const [id, open] of folds) {
      const again = byId(id);
      if (again && again.open !== open) again.open = open;
    }
    watch(document);
    // A plan that was made to deploy what is new, with nothing to decide. Only while it is made: looking changes nothing.
    const form = document.querySelector("form[data-goes-on]");
    if (form && log && !form.dataset.sent) form.requestSubmit(form.querySelector('[value="deploy"]'));
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "p" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) byId("present")?.click();
  });

  // Where no stream tells that something changed, coming back to the page is the moment to look.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && byId("lately")) htmx.trigger(document.body, "runs-changed");
  });

  // The sections of a site are one row, which scrolls where it is too narrow for them.
  const section = document.querySelector(".tabs [aria-current]");
  if (section) {
    const tabs = section.parentElement;
    new ResizeObserver(() => { tabs.scrollLeft = section.offsetLeft - (tabs.clientWidth - section.offsetWidth) / 2; }).observe(tabs);
    // A browser leaves a link where it is that is half in sight when the focus comes to it.
    tabs.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }

  if (log) {
    setUpLog();
    setUpStream();
    if (location.hash.startsWith("#e") && logFold) {
      openLog();
      byId(location.hash.slice(1))?.scrollIntoView({ block: "nearest" });
    }
  }
  watch(document);
  if (log && !byId("stream")) toFailure();
  const notify = byId("notify");
  if (notify && "Notification" in window) {
    notify.hidden = false;
    notify.addEventListener("click", () => askToNotify(notify));
  }
  setInterval(tick, 1000);
})();
