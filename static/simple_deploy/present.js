// Shows a run to a room: one thing at a time, large, as it happened or as it happens.
//
// Where the run comes from is up to the page: a recording within it (an exported file), a feed that is asked again and
// again (presenter mode), or a stream (those who follow along). Texts are only ever set as text, never as markup.
"use strict";

(() => {
  const SPEEDS = [0.5, 1, 2, 5, 10, 20, 50];
  const PIECE = 13; // lines of a diff that are shown at once
  const WIDE = 80; // characters of such a line
  const SHARE = 9; // titles, texts and commands of a summary that are
  const ASK = 1000; // milliseconds between two looks at the feed
  const KEPT = 400; // lines of a step that are on the page at once
  const FEW = 3; // lines of a diff for which there is no need to stand below their reason
  const GROWS = 1.7; // times that the type may be larger where little is shown
  const LEAST = 16; // pixels of the type where a thing does not stay on the screen otherwise
  const STATES = {
    waiting: ["○", "to come"], running: ["●", "under way"], done: ["✓", "done"], skipped: ["–", "nothing to do"],
    failed: ["✗", "failed"], cancelled: ["–", "cancelled"],
  };
  const RESULTS = {
    succeeded: "It worked", undone: "Undone", failed: "It did not work", blocked: "It cannot start yet",
    cancelled: "Cancelled", interrupted: "Interrupted",
  };

  const byId = (id) => document.getElementById(id);
  const { feed, stream } = document.body.dataset;
  const live = Boolean(feed || stream);

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children.filter((each) => each !== null && each !== undefined && each !== ""));
    return made;
  }

  // Texts put what is code between backticks.
  function prose(name, className, text) {
    const parts = text.split("`");
    if (parts.length % 2 === 0) return element(name, className, text);
    return element(name, className, ...parts.map((part, at) => (at % 2 ? element("code", "", part) : part)));
  }

  function spoken(seconds) {
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  }

  function clock(seconds) {
    const whole = Math.max(Math.floor(seconds), 0);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  // The tape: what happened, and how far of it was played ---------------------------------------------------------

  let about = null;
  let frames = [];
  let played = 0; // frames that were
  let steps = new Map();
  let current = null; // the step that is, or was last, under way
  let ended = false;

  function rewind() {
    played = 0;
    steps = new Map();
    current = null;
    ended = false;
  }

  function moment(frame) {
    return frame.at - frames[0].at;
  }

  function whole() {
    return frames.length ? moment(frames[frames.length - 1]) : 0;
  }

  function add(more) {
    const last = frames.length ? frames[frames.length - 1].seq : 0;
    frames.push(...more.filter((frame) => frame.seq > last));
  }

  function take() {
    const frame = frames[played];
    played += 1;
    if (frame.kind === "steps") {
      const known = steps;
      steps = new Map([...known].filter(([, step]) => step.state !== "waiting"));
      for (const [id, title, why] of frame.steps || []) {
        const step = known.get(id) || { id, state: "waiting", lines: [] };
        steps.delete(id);
        steps.set(id, Object.assign(step, { title, why }));
      }
    } else if (frame.kind === "step") {
      const step = steps.get(frame.step) || { id: frame.step, why: "", lines: [] };
      Object.assign(step, { title: frame.text, why: frame.detail || step.why, state: "running", since: frame.at });
      steps.set(frame.step, step);
      current = step;
    } else if (frame.kind === "end") {
      const step = steps.get(frame.step);
      if (step) Object.assign(step, { state: frame.outcome, seconds: frame.at - step.since, end: frame.text });
    } else if (frame.kind === "finish") {
      ended = true;
      for (const step of steps.values()) {
        if (step.state === "running") step.state = frame.outcome === "cancelled" ? "cancelled" : "failed";
      }
    } else {
      const step = steps.get(frame.step) || current;
      if (step) step.lines.push(frame);
    }
    return frame;
  }

  // Scenes: the things that are shown one at a time -----------------------------------------------------------------

  function hunks(file) {
    const found = [];
    let rows = null;
    for (const line of file.diff.split("\n")) {
      if (line.startsWith("@@")) {
        rows = [];
        found.push(rows);
      } else if (rows && line !== "") {
        rows.push(line);
      }
    }
    const parts = found.flatMap(blocks)
      .flatMap(({ rows, block }) => pieces(rows).map((piece, at) => ({ rows: piece, block, again: at > 0 })));
    return parts.length ? parts : [{ rows: [], block: "", again: false }];
  }

  const BEGIN = />>> simple_deploy: (\S+)/;

  // A hunk in parts of one block of the tool's each; what stands before the first goes with it.
  function blocks(hunk) {
    const found = [];
    let block = "";
    for (const row of hunk) {
      const begins = (BEGIN.exec(row) || [])[1] || block;
      if (!found.length || (block && begins !== block)) found.push({ rows: [] });
      block = begins;
      Object.assign(found[found.length - 1], { block }).rows.push(row);
    }
    return found;
  }

  // Why a part of a file changes: of several reasons that of its block.
  function reasons(file, block) {
    const own = file.reasons.filter((reason) => reason.block === block);
    return own.length ? own : file.reasons;
  }

  // A long hunk in pieces that fit on a wall, cut where a line is empty if there is one near.
  function pieces(rows) {
    const above = [0]; // lines on the wall above each row, long ones broken
    for (const row of rows) above.push(above[above.length - 1] + Math.max(1, Math.ceil((row.length - 1) / WIDE)));
    if (above[rows.length] <= PIECE + 3) return [rows];
    const cut = emptyNear(rows, Math.max(1, above.findIndex((lines) => lines > PIECE) - 1));
    return [rows.slice(0, cut), ...pieces(rows.slice(cut))];
  }

  function emptyNear(rows, full) {
    let cut = full;
    while (cut > full / 2 && rows[cut].slice(1).trim() !== "") cut -= 1;
    return cut > full / 2 ? cut : full;
  }

  // Rows of a section in shares of about the same size that fit on a wall.
  function shares(rows) {
    const sizes = rows.map((row) => 1 + (row.text ? 1 : 0) + (row.command ? 1 : 0) + (row.url ? 0.5 : 0));
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    const share = whole / Math.ceil(whole / SHARE);
    const found = [];
    let before = 0;
    rows.forEach((row, at) => {
      const place = Math.floor((before + sizes[at] / 2) / share);
      (found[place] ||= []).push(row);
      before += sizes[at];
    });
    return found.filter(Boolean);
  }

  const stage = byId("stage");

  // Where it is measured what stays on the screen.
  const rule = stage.cloneNode(false);
  rule.removeAttribute("id");
  rule.removeAttribute("tabindex");
  rule.setAttribute("aria-hidden", "true");
  rule.classList.add("rule");
  document.body.append(rule);
  const measured = new Map(); // by what it is of
  let screen = ""; // on which it was

  function stays(children) {
    rule.replaceChildren(...children.filter((each) => each !== null));
    return rule.scrollHeight <= rule.clientHeight;
  }

  // The parts of a thing, and where one does not stay on this screen, parts of that. Only a diff may leave its head alone.
  function staying(thing, parts, draw, near) {
    const height = stage.offsetHeight + byId("held").offsetHeight;
    if (screen !== `${stage.offsetWidth} ${height}`) {
      screen = `${stage.offsetWidth} ${height}`;
      Object.assign(rule.style, { width: `${stage.offsetWidth}px`, height: `${height}px` });
      measured.clear();
    }
    const mark = JSON.stringify(thing);
    if (!measured.has(mark)) {
      const all = parts();
      measured.set(mark, all.flatMap((part) => (
        stays(draw(part, 0, all.length)) ? [part] : cutToStay(part, (each) => draw(each, 0, 2), near)
      )));
      rule.replaceChildren();
    }
    return measured.get(mark);
  }

  function cutToStay(part, draw, near) {
    const { rows } = part;
    if (stays(draw(part))) return [part];
    let cut = rows.length - 1;
    while (cut > 0 && !stays(draw({ ...part, rows: rows.slice(0, cut) }))) cut -= 1;
    const alone = near && !part.again && cut < FEW && rows.length > 0;
    if (!alone && rows.length < 2) return [part];
    if (alone) cut = 0;
    else cut = near ? near(rows, Math.max(cut, 1)) : Math.max(cut, 1);
    return [
      { ...part, rows: rows.slice(0, cut), alone }, ...cutToStay({ ...part, rows: rows.slice(cut), again: true }, draw, near),
    ];
  }

  function scenes() {
    const found = [{ chapter: "Start", key: "start", draw: drawStart }];
    const push = (chapter, name, parts, draw) => parts.forEach((part, at) => found.push({
      chapter, key: `${name} ${at}`, draw: () => draw(part, at, parts.length),
    }));
    const plan = about.plan;
    if (plan) {
      for (const file of plan.files) {
        const draw = (part, at, of) => drawChange(file, part, at, of);
        push("Changes", `change ${file.path}`, staying(file, () => hunks(file), draw, emptyNear), draw);
      }
      for (const finding of about.findings) {
        const draw = (part) => drawFinding(finding, part);
        push("Changes", `finding ${finding.title}`, staying(finding, () => [{ rows: told(finding) }], draw), draw);
      }
      if (about.kind === "plan") for (const section of afterwards(plan)) pushSection("Changes", section, [section.rows]);
    }
    function pushSection(chapter, section, parts) {
      const draw = (part, at, of) => drawSection(section, part.rows, at, of);
      push(chapter, `section ${section.id}`, staying(section, () => parts.map((rows) => ({ rows })), draw), draw);
    }
    for (const step of steps.values()) {
      found.push({ chapter: "Steps", key: `step ${step.id}`, step, draw: () => drawStep(step) });
    }
    if (about.result && (ended || !frames.length)) {
      found.push({ chapter: "Result", key: "result", draw: drawResult });
      for (const section of about.summary) {
        if (section.id === "changes" || section.id === "problem") continue;
        pushSection("Summary", section, shares(section.rows));
      }
    }
    return found;
  }

  // What a run that is over is about: the changes of a plan, of any other run how it ended.
  function outcome(all) {
    const planned = about.kind === "plan" && about.state === "succeeded";
    return (planned && all.find((scene) => scene.chapter === "Changes")) || all.find((scene) => scene.key === "result");
  }

  function drawStart() {
    const facts = [];
    if (about.plan) facts.push(counted(about.plan.files.length, "file changes", "files change"));
    if (steps.size) facts.push(counted(steps.size, "step", "steps"));
    if (whole() > 0) facts.push(`it took ${spoken(whole())}`);
    return [
      element("p", "over", [about.platform, about.when].filter(Boolean).join(" · ")),
      element("h1", "", about.what || about.title),
      element("p", "large", facts.join(", ")),
      about.rehearsal ? element("p", "soft", about.rehearsal) : null,
    ];
  }

  function counted(number, one, many) {
    return `${number} ${number === 1 ? one : many}`;
  }

  function drawChange(file, { rows, block, again, alone }, at, of) {
    const table = element("div", "diff");
    for (const row of rows) {
      const kind = row[0] === "+" ? "add" : row[0] === "-" ? "remove" : row[0] === "\\" ? "note" : "same";
      const sign = { add: "+", remove: "−" }[kind] || "";
      table.append(element("div", `row row-${kind}`, element("span", "sign", sign), element("span", "text", row.slice(1) || " ")));
    }
    const state = { create: "new file", delete: "removed", modify: "changed" }[file.change];
    return [
      element("h1", "over", `${file.path} · ${state}${of > 1 ? ` · part ${at + 1} of ${of}` : ""}`),
      ...reasons(file, block).map((reason) => {
        const shown = prose("p", "reason", again ? "" : reason.why);
        shown.prepend(element("strong", "", `${reason.title}. `));
        return shown;
      }),
      rows.length ? table : alone ? null : element("p", "soft", "There is nothing in it that can be shown."),
    ];
  }

  function told(finding) {
    return [{ text: finding.why }, ...(finding.fix ? [{ text: finding.fix, hint: true }] : [])];
  }

  function drawFinding(finding, { rows }) {
    return [
      element("p", "over", finding.level === "warning" ? "Worth knowing" : "Fix this first"),
      prose("h1", "", finding.title),
      ...rows.map((row) => prose("p", row.hint ? "reason hint" : "reason", row.text)),
    ];
  }

  function afterwards(plan) {
    const rows = (items) => items.map((each, at) => ({
      title: each.title, text: [each.why, each.cost].filter(Boolean).join(" "), number: at + 1,
    }));
    return [
      { id: "afterwards", title: "What happens when you deploy", rows: rows(plan.steps) },
      { id: "created", title: "What will exist afterwards", rows: rows(plan.creates) },
    ].filter((section) => section.rows.length);
  }

  function drawStep(step) {
    const all = [...steps.keys()];
    const log = element("div", "log");
    log.id = "log";
    log.tabIndex = 0;
    log.setAttribute("role", "group");
    log.setAttribute("aria-label", "What was printed");
    const [mark, word] = STATES[step.state];
    const state = element("p", `state state-${step.state}`, element("span", "mark", mark), element("span", "", " "));
    state.id = "state";
    state.lastChild.textContent = ` ${step.end || word}`;
    return [
      element("p", "over", `Step ${all.indexOf(step.id) + 1} of ${all.length}`),
      element("h1", "", step.title),
      step.why ? prose("p", "reason", step.why) : null,
      state,
      log,
    ];
  }

  function drawResult() {
    const result = about.result;
    const good = result.state === "succeeded" || result.state === "undone";
    return [
      element("p", `verdict verdict-${good ? "good" : result.state}`, good ? "✓ " : "", RESULTS[result.state] || result.state,
        result.seconds ? element("span", "soft", ` after ${spoken(result.seconds)}`) : null),
      element("h1", "", about.title),
      result.url ? element("p", "large mono", result.url) : null,
      result.here ? element("p", "soft", "This address opens only on the computer that the site runs on.") : null,
      result.message ? prose("p", "reason", result.message) : result.lead && !result.url ? prose("p", "reason", result.lead) : null,
      result.hint ? prose("p", "reason hint", result.hint) : null,
      result.unchanged ? element("p", "large", "The project is exactly as it was before.") : null,
    ];
  }

  function drawSection(section, rows, at, of) {
    const number = rows[0]?.number;
    const list = element(number ? "ol" : "ul", "list");
    if (number) list.start = number;
    list.append(...rows.map((row) => element("li", "",
      row.code ? element("code", "", row.code) : null, row.code ? " " : null,
      row.title ? element("strong", "", row.title) : null,
      row.text ? prose("span", "soft", ` ${row.text}`) : null,
      row.command ? element("pre", "", row.command) : null,
      row.url ? element("span", "soft mono", ` ${row.url}`) : null)));
    return [
      of > 1 ? element("p", "over", `part ${at + 1} of ${of}`) : null,
      element("h1", "", section.title),
      section.intro && !at ? prose("p", "reason", section.intro) : null,
      list,
    ];
  }

  // What is on the screen -------------------------------------------------------------------------------------------

  let key = ""; // of the scene
  let drawn = 0; // lines of its step that are on the page
  let following = true; // the scene goes along with what is played

  function here(all) {
    const at = all.findIndex((scene) => scene.key === key);
    if (at >= 0) return at;
    const thing = key.replace(/\d+$/, ""); // of which there are fewer parts on this screen
    return Math.max(all.findLastIndex((scene) => scene.key.replace(/\d+$/, "") === thing), 0);
  }

  function show(scene) {
    if (scene.key !== key) {
      key = scene.key;
      drawn = 0;
      stage.replaceChildren(...scene.draw().filter((each) => each !== null && (each.textContent || each.id)));
      stage.scrollTop = 0;
      fit();
      byId("says").textContent = stage.querySelector("h1, .over")?.textContent || "";
    }
    if (scene.step) drawLines(scene.step);
  }

  // Little is shown larger, as far as it stays on the screen and code and addresses break no oftener; what cannot be cut into
  // parts is shown smaller, as far as it can still be read.
  function fit() {
    stage.style.fontSize = "";
    const size = parseFloat(getComputedStyle(stage).fontSize);
    if (stage.scrollHeight > stage.clientHeight) {
      const least = Math.max(LEAST, 0.034 * Math.min(innerWidth, innerHeight));
      stage.style.fontSize = `${Math.min(least, size)}px`;
      return;
    }
    if (stage.querySelector(".log")) return; // it takes what is left
    const lines = [...stage.querySelectorAll(".mono, .text, pre")];
    const tall = (at) => lines.reduce((sum, each) => sum + each.offsetHeight, 0) / at;
    const before = tall(size);
    let fits = 1;
    let most = GROWS;
    while (most - fits > 0.02) {
      const tried = (fits + most) / 2;
      stage.style.fontSize = `${size * tried}px`;
      const stays = stage.scrollHeight <= stage.clientHeight && stage.scrollWidth <= stage.clientWidth;
      if (stays && tall(size * tried) < before + 0.5) fits = tried;
      else most = tried;
    }
    stage.style.fontSize = fits > 1 ? `${size * fits}px` : "";
  }

  function drawLines(step) {
    const log = byId("log");
    const [mark, word] = STATES[step.state];
    const state = byId("state");
    state.className = `state state-${step.state}`;
    state.firstChild.textContent = mark;
    state.lastChild.textContent = ` ${step.end || word}`;
    if (drawn === step.lines.length) return;
    const fresh = step.lines.slice(Math.max(drawn, step.lines.length - KEPT));
    log.append(...fresh.map((line) => element("div", `line line-${line.kind}`, line.text || " ")));
    while (log.children.length > KEPT) log.firstChild.remove();
    drawn = step.lines.length;
    log.scrollTop = log.scrollHeight;
  }

  function draw() {
    if (!about) return;
    const all = scenes();
    if (following && current && !(ended && about.result)) show(all.find((scene) => scene.step === current));
    if (following && ended && about.result && played === frames.length) show(outcome(all));
    const at = here(all);
    show(all[at]);
    drawChapters(all, all[at]);
    byId("place").textContent = `${at + 1} of ${all.length}`;
    byId("back").disabled = at === 0;
    byId("next").disabled = at === all.length - 1 && !holds();
    byId("title").textContent = about.what || about.title;
    document.title = about.title;
    const scrub = byId("scrub");
    if (scrub) {
      scrub.max = String(whole());
      if (document.activeElement !== scrub || playing) scrub.value = String(now);
      byId("time").textContent = `${clock(now)} / ${clock(whole())}`;
      byId("play").textContent = playing ? "❚❚" : "▶";
      byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    }
  }

  function drawChapters(all, scene) {
    const names = [...new Set(all.map((each) => each.chapter))];
    const box = byId("chapters");
    const mark = `${names.join()} ${scene.chapter}`;
    if (box.dataset.mark === mark) return;
    box.dataset.mark = mark;
    box.replaceChildren(...names.map((name) => {
      const button = element("button", "chapter", name);
      button.type = "button";
      if (name === scene.chapter) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => jump(scenes().find((each) => each.chapter === name)));
      return button;
    }));
  }

  function jump(scene) {
    if (!scene) return;
    following = false;
    show(scene);
    draw();
  }

  function move(by) {
    if (by > 0 && holds()) {
      release();
      return;
    }
    const all = scenes();
    const at = here(all) + by;
    if (at < 0 || at >= all.length) return;
    following = all[at].step === current && (playing || (live && !ended)); // caught up
    show(all[at]);
    draw();
  }

  // Playing ---------------------------------------------------------------------------------------------------------

  let playing = false;
  let now = 0; // seconds of the tape
  let pause = false; // before each step
  let held = false; // somebody has to say "next"
  let before = 0;

  function holds() {
    return pause && held;
  }

  function release() {
    held = false;
    following = true;
    take();
    if (live) now = whole();
    advance();
  }

  // Play what lies before the moment, up to the next step where a pause is wanted before each.
  function advance() {
    while (played < frames.length && moment(frames[played]) <= now) {
      if (pause && frames[played].kind === "step" && current) {
        now = moment(frames[played]);
        held = true;
        break;
      }
      take();
    }
    byId("held").hidden = !holds();
    draw();
  }

  function seek(seconds) {
    now = Math.min(Math.max(seconds, 0), whole());
    held = false;
    following = true;
    rewind();
    key = "start";
    while (played < frames.length && moment(frames[played]) <= now) take();
    draw();
  }

  function setPlaying(on) {
    if (on && now >= whole()) seek(0);
    playing = on;
    following = following || on;
    before = performance.now();
    draw();
  }

  function tick() {
    const moved = (performance.now() - before) / 1000;
    before = performance.now();
    if (!playing || holds()) return;
    now = Math.min(now + moved * Number(byId("speed").value), whole());
    advance();
    if (played < frames.length) return;
    playing = false;
    draw();
  }

  function arrived() {
    now = whole();
    if (!holds()) advance();
  }

  // The room: timer, blank screen, keys ------------------------------------------------------------------------------

  let timing = 0; // when the timer was started

  function drawTimer() {
    const timer = byId("timer");
    timer.hidden = !timing;
    timer.textContent = timing ? clock((Date.now() - timing) / 1000) : "";
  }

  function toggleTimer() {
    timing = timing ? 0 : Date.now();
    drawTimer();
  }

  function toggleBlank() {
    const blank = byId("blank");
    blank.hidden = !blank.hidden;
    if (!blank.hidden) blank.focus();
  }

  function toggleHelp() {
    byId("help").hidden = !byId("help").hidden;
  }

  function setPause(on) {
    pause = on;
    byId("pause").checked = on;
    if (!on && held) release();
    byId("held").hidden = !holds();
    draw();
  }

  function quicker(by) {
    const speed = byId("speed");
    if (!speed) return;
    const at = SPEEDS.indexOf(Number(speed.value)) + by;
    if (at >= 0 && at < SPEEDS.length) speed.value = String(SPEEDS[at]);
  }

  const KEYS = {
    ArrowRight: () => move(1), PageDown: () => move(1), ArrowLeft: () => move(-1), PageUp: () => move(-1),
    Home: () => jump(scenes()[0]), End: () => jump(scenes().at(-1)),
    " ": () => (live ? move(1) : setPlaying(!playing)),
    b: toggleBlank, ".": toggleBlank, t: toggleTimer, s: () => setPause(!pause), "?": toggleHelp, "+": () => quicker(1), "-": () => quicker(-1),
    Escape: () => {
      if (!byId("help").hidden) toggleHelp();
      else if (byId("leave")) byId("leave").click();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (!byId("blank").hidden) {
      event.preventDefault();
      toggleBlank();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    const action = KEYS[event.key];
    if (!action || !about) return;
    event.preventDefault();
    action();
  });

  function setUp() {
    byId("back").addEventListener("click", () => move(-1));
    byId("next").addEventListener("click", () => move(1));
    byId("blank").addEventListener("click", toggleBlank);
    byId("pause").addEventListener("change", (event) => setPause(event.target.checked));
    byId("darken").addEventListener("click", toggleBlank);
    byId("clock").addEventListener("click", toggleTimer);
    byId("keys").addEventListener("click", toggleHelp);
    byId("help").addEventListener("click", toggleHelp);
    if (byId("scrub")) {
      byId("play").addEventListener("click", () => setPlaying(!playing));
      byId("scrub").addEventListener("input", (event) => {
        playing = false;
        seek(Number(event.target.value));
      });
    }
    window.addEventListener("resize", () => {
      if (!about) return;
      const all = scenes();
      const scene = all[here(all)];
      key = "";
      show(scene);
      draw();
    });
    setInterval(tick, 50);
    setInterval(drawTimer, 500);
  }

  // Where the run comes from ------------------------------------------------------------------------------------------

  function begin(first) {
    about = first;
    add(about.frames);
    seek(whole()); // so that the arrow keys lead through all of it, also before it is played
    jump(scenes()[0]);
  }

  // What was told before belongs to another run.
  function renew(told) {
    if (about && told.run !== about.run) {
      frames = [];
      rewind();
      now = 0;
      key = "";
      held = false;
      following = true;
    }
    about = told;
  }

  async function ask() {
    const last = frames.length ? frames[frames.length - 1].seq : 0;
    try {
      const answer = await fetch(`${feed}?after=${about ? last : 0}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const told = await answer.json();
      renew(told);
      add(told.frames);
      byId("away").hidden = true;
      arrived();
      if (told.over) return;
    } catch {
      byId("away").hidden = false;
    }
    setTimeout(ask, ASK);
  }

  function listen() {
    const source = new EventSource(stream);
    source.addEventListener("about", (event) => {
      renew(JSON.parse(event.data));
      arrived();
    });
    source.addEventListener("frames", (event) => {
      add(JSON.parse(event.data));
      arrived();
    });
    source.addEventListener("bye", () => {
      source.close();
      byId("away").textContent = "The lesson is over.";
      byId("away").hidden = false;
    });
    source.addEventListener("open", () => (byId("away").hidden = true));
    source.addEventListener("error", () => (byId("away").hidden = false));
  }

  if (live) byId("playback").remove();
  setUp();
  if (feed) ask();
  else if (stream) listen();
  else begin(JSON.parse(byId("recording").textContent));
})();
