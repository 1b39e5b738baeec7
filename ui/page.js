// What the page does on its own: tab, view, theme, side bar, forms, and keeping the thread in the address.
// Nothing here talks to any server; actions that need one are triggered by the components (see `actions` in app.py).
(() => {
  const root = document.documentElement;
  const store = (key, value) => { try { value === undefined ? 0 : localStorage.setItem("adwright-" + key, value); return localStorage.getItem("adwright-" + key); } catch { return null; } };
  const narrow = () => window.matchMedia("(max-width: 820px)").matches;
  const redraw = () => requestAnimationFrame(() => { drawAll(); window.dispatchEvent(new Event("resize")); fewerDays(); });
  // Seven dates do not fit under a narrow chart.
  const fewerDays = () => {
    const plot = document.querySelector("#aw-fan .js-plotly-plot");
    const days = narrow() ? 4 : 7;
    if (window.Plotly && plot?.layout?.xaxis && plot.clientWidth && plot.layout.xaxis.nticks !== days) window.Plotly.relayout(plot, { "xaxis.nticks": days });
  };

  const showTab = (name, focus) => {
    root.dataset.awTab = name;
    document.querySelectorAll("#aw-head [role=tab]").forEach((tab) => {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on ? "true" : "false");
      tab.tabIndex = on ? 0 : -1;
      if (on && focus) tab.focus();
    });
    redraw();
  };
  const showView = (name) => { root.dataset.awView = name; redraw(); };
  const paintTheme = (dark) => { document.body.classList.toggle("dark", dark); root.style.colorScheme = dark ? "dark" : "light"; };
  const compare = (on) => {
    if (on) root.dataset.awCompare = "1"; else delete root.dataset.awCompare;
    document.querySelectorAll('[data-do="compare"]').forEach((b) => b.setAttribute("aria-pressed", on ? "true" : "false"));
  };
  const prefill = (text) => {
    const box = document.querySelector("#aw-composer textarea");
    if (!box) return;
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  };

  window.adwright = {
    asked: () => new URLSearchParams(location.search).get("thread") || "",
    language: () => store("language") || ((navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh" : "en"),
    keepLanguage: (language) => { store("language", language); root.lang = language === "zh" ? "zh-CN" : "en"; },
    toggleTheme: () => { const dark = !document.body.classList.contains("dark"); paintTheme(dark); store("theme", dark ? "dark" : "light"); },
  };

  root.dataset.awTab = "plan";
  root.dataset.awView = "chat";
  if (narrow()) root.dataset.awSide = "closed";

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    const tab = at("#aw-head [role=tab]");
    if (tab) return showTab(tab.dataset.tab);
    const view = at("[data-view]");
    if (view) return showView(view.dataset.view);
    const act = at("[data-act]");
    if (act && narrow() && at("#aw-side")) root.dataset.awSide = "closed";
    if (act && ["export", "mark"].includes(act.dataset.act) && narrow()) showView("chat");
    const own = at("[data-do]");
    if (!own) return;
    const name = own.dataset.do;
    if (name === "side") root.dataset.awSide = root.dataset.awSide === "closed" ? "open" : "closed";
    if (name === "compare") { compare(!root.dataset.awCompare); showTab("plan"); }
    if (name === "sure") { event.stopPropagation(); own.classList.add("aw-sure"); own.textContent = own.dataset.sure; own.dataset.act = "delete"; delete own.dataset.do; }
    if (name === "prefill") prefill(own.dataset.value);
    if (name === "size") {
      const set = own.closest(".aw-set");
      set.querySelectorAll('[data-do="size"]').forEach((b) => b.setAttribute("aria-pressed", b === own ? "true" : "false"));
      set.querySelectorAll(".aw-pic[data-size], .aw-looks[data-size]").forEach((p) => { p.hidden = !!own.dataset.size && p.dataset.size !== own.dataset.size; });
    }
    if (name === "upload") document.querySelector("#aw-composer .upload-button")?.click();
    if (name === "edit-figures") { showView("plan"); showTab("plan"); setTimeout(() => document.querySelector("input.aw-edit")?.focus(), 60); }
    if (name === "goto-change") {
      showTab("plan");
      const form = document.querySelector(`#aw-plan form[data-field="${CSS.escape(own.dataset.field)}"]`);
      if (form) { form.classList.add("aw-shown"); form.scrollIntoView({ block: "center" }); form.querySelector("[name=value]").focus(); }
    }
    if (name === "change") {
      const form = own.parentElement.querySelector(".aw-changeform");
      const on = form.classList.toggle("aw-shown");
      own.setAttribute("aria-expanded", on ? "true" : "false");
      if (on) form.querySelector("[name=value]").focus();
    }
    redraw();
  }, true);

  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("#aw-head [role=tab]");
    if (tab && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      const all = [...document.querySelectorAll("#aw-head [role=tab]")];
      const now = all.indexOf(tab);
      const next = { ArrowLeft: (now + all.length - 1) % all.length, ArrowRight: (now + 1) % all.length, Home: 0, End: all.length - 1 }[event.key];
      showTab(all[next].dataset.tab, true);
    }
    if (event.key === "Enter" && event.target.matches?.("input.aw-edit")) event.target.blur();
    if (event.key === "Escape" && event.target.matches?.("input.aw-edit")) { event.target.value = event.target.dataset.was; event.target.blur(); }
  });

  // A source mark shows its note when pointed at, focused or tapped. One note for the whole page; its rows are written as text.
  const note = document.createElement("div");
  note.id = "aw-note";
  note.setAttribute("role", "tooltip");
  note.hidden = true;
  let marked = null;
  const hideNote = () => { if (marked) marked.setAttribute("aria-expanded", "false"); marked = null; note.hidden = true; };
  const showNote = (mark) => {
    if (marked === mark) return;
    hideNote();
    marked = mark;
    mark.setAttribute("aria-expanded", "true");
    note.replaceChildren(...mark.dataset.origin.split("\n").map((line) => {
      const row = document.createElement("p");
      const name = document.createElement("span");
      const [key, value] = line.split("\t");
      name.textContent = key;
      row.append(name, document.createTextNode(value || ""));
      return row;
    }));
    (document.querySelector(".gradio-container") || document.body).append(note);
    note.hidden = false;
    const at = mark.getBoundingClientRect();
    const below = at.bottom + 6 + note.offsetHeight < innerHeight;
    note.style.left = Math.max(8, Math.min(at.left - 12, innerWidth - note.offsetWidth - 8)) + "px";
    note.style.top = (below ? at.bottom + 6 : Math.max(8, at.top - 6 - note.offsetHeight)) + "px";
  };
  const markOf = (event) => event.target.closest?.(".aw-from");
  let tapped = false;
  document.addEventListener("pointerover", (event) => { const mark = markOf(event); if (event.pointerType === "mouse") { if (mark) showNote(mark); else if (!note.contains(event.target) && marked !== document.activeElement) hideNote(); } });
  document.addEventListener("pointerdown", (event) => { const mark = markOf(event); tapped = !!mark && marked === mark && event.pointerType !== "mouse"; if (!mark && !note.contains(event.target)) hideNote(); });
  document.addEventListener("focusin", (event) => { const mark = markOf(event); if (mark) showNote(mark); else hideNote(); });
  document.addEventListener("click", (event) => { const mark = markOf(event); if (mark) { if (tapped) hideNote(); else showNote(mark); tapped = false; } });
  document.addEventListener("keydown", (event) => {
    const mark = markOf(event);
    if (event.key === "Escape" && marked) { event.preventDefault(); hideNote(); }
    if (mark && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); if (marked === mark) hideNote(); else showNote(mark); }
  });
  document.addEventListener("scroll", hideNote, { capture: true, passive: true });

  // The conversation names its thread and language; follow both, and keep the newest words in sight.
  let near = true;
  let hand = 0;
  const settle = () => {
    const log = document.querySelector("#aw-log");
    if (!log) return;
    const face = log.querySelector("[data-thread]");
    if (face) {
      const url = new URL(location.href);
      const before = url.searchParams.get("thread") || "";
      if (face.dataset.thread !== before) {
        face.dataset.thread ? url.searchParams.set("thread", face.dataset.thread) : url.searchParams.delete("thread");
        history.replaceState(null, "", url);
        compare(false);
        near = true;
        if (!face.dataset.thread) showView("chat");
      }
      const lang = face.dataset.language === "zh" ? "zh-CN" : "en";
      if (root.lang !== lang) root.lang = lang;
      const plan = face.dataset.plan || "";
      if (plan && plan !== root.dataset.awPlan && face.dataset.fresh && narrow()) near = true;
      root.dataset.awPlan = plan;
    }
    if (near) log.scrollTop = log.scrollHeight;
    if (marked && !marked.isConnected) hideNote();
    const tab = document.querySelector("#aw-head [aria-selected=true]");
    if (tab && tab.dataset.tab !== root.dataset.awTab) showTab(root.dataset.awTab);
    drawAll();
  };
  const drawAll = () => document.querySelectorAll("#aw-log, #aw-audience, #aw-forecast").forEach(drawCharts);
  const drawCharts = (part) => {
    if (!window.Plotly) return;
    part.querySelectorAll(".aw-chart[data-figure]").forEach((place) => {
      // Hidden, it has no width to be drawn to: it waits for its tab.
      if (place.dataset.drawn === place.dataset.figure || !place.clientWidth) return;
      place.dataset.drawn = place.dataset.figure;
      const figure = JSON.parse(place.dataset.figure);
      // Plotly places a label by its width, which it measures in the font it is told.
      const font = { ...figure.layout.font, family: getComputedStyle(place).fontFamily };
      window.Plotly.newPlot(place, figure.data, { ...figure.layout, font, autosize: true }, { displayModeBar: false, responsive: true });
    });
  };
  const begin = () => {
    const log = document.querySelector("#aw-log");
    if (!log) return setTimeout(begin, 60);
    const kept = store("theme");
    paintTheme(kept ? kept === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches);
    // Only a hand that scrolls up stops the log from following; a change of its own height does not.
    let last = 0;
    log.addEventListener("scroll", () => {
      if (log.scrollHeight - log.scrollTop - log.clientHeight < 40) near = true;
      else if (log.scrollTop < last - 2 && performance.now() - hand < 800) near = false;
      last = log.scrollTop;
    });
    ["wheel", "touchmove", "pointerdown", "keydown"].forEach((kind) => log.addEventListener(kind, () => { hand = performance.now(); }, { passive: true }));
    new ResizeObserver(() => { if (near) log.scrollTop = log.scrollHeight; }).observe(log);
    new MutationObserver(() => requestAnimationFrame(settle)).observe(document.querySelector("#aw-body"), { childList: true, subtree: true, characterData: true });
    ["plan", "audience", "creative", "forecast", "what-if", "response", "sources", "export"].forEach((tab) => {
      const panel = document.querySelector("#aw-panel-" + tab);
      panel?.setAttribute("role", "tabpanel");
      panel?.setAttribute("aria-labelledby", "aw-tab-" + tab);
    });
    settle();
  };
  begin();
})();
