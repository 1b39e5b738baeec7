// The box over a product photo: drawn with mouse or finger, moved and sized by grips, arrow keys or the four fields.
// What it cuts out is the server's answer to the button "mark-try"; a box that was changed since must be tried again before it is used.
(() => {
  const LEAST = 16;
  const parts = (at) => {
    const card = at.closest?.(".aw-crop");
    if (!card) return null;
    const stage = card.querySelector(".aw-stage");
    return { card, stage, box: card.querySelector(".aw-markbox"), width: +stage.dataset.width, height: +stage.dataset.height };
  };
  const field = (p, name) => p.card.querySelector(`input[data-mark="${name}"]`);
  const value = (p) => ["left", "top", "width", "height"].map((name) => Math.round(+field(p, name).value || 0));
  const within = (n, low, high) => Math.max(low, Math.min(n, high));
  // A box that is moved keeps its size at the photo's edge; where its `corner` is given, it is cut short there instead.
  const show = (p, given, { corner = false, typing = false } = {}) => {
    let [x, y, w, h] = given.map(Math.round);
    if (corner) [x, y] = [within(x, 0, p.width - LEAST), within(y, 0, p.height - LEAST)];
    w = within(w, LEAST, corner ? p.width - x : p.width);
    h = within(h, LEAST, corner ? p.height - y : p.height);
    [x, y] = [within(x, 0, p.width - w), within(y, 0, p.height - h)];
    p.box.style.cssText = `left:${100 * x / p.width}%;top:${100 * y / p.height}%;width:${100 * w / p.width}%;height:${100 * h / p.height}%`;
    if (!typing) [["left", x], ["top", y], ["width", w], ["height", h]].forEach(([name, n]) => { field(p, name).value = n; });
    const told = `${p.card.dataset.photo}|${[x, y, w, h].join(",")}`;
    const buttons = [...p.card.querySelectorAll('[data-act^="mark-"][data-value]')];
    if (buttons.every((b) => b.dataset.value === told)) return;
    buttons.forEach((b) => { b.dataset.value = told; });
    p.card.querySelector('[data-act="mark-use"]').disabled = true;
    p.card.querySelector(".aw-cutout").classList.add("aw-old");
  };
  const attempt = (p) => p.card.querySelector('[data-act="mark-try"]').click();
  let drag = null;

  document.addEventListener("pointerdown", (event) => {
    const stage = event.target.closest?.(".aw-stage");
    if (!stage || event.button) return;
    const p = parts(stage), face = stage.getBoundingClientRect();
    const point = (e) => [within((e.clientX - face.left) / face.width, 0, 1) * p.width, within((e.clientY - face.top) / face.height, 0, 1) * p.height];
    drag = { ...p, point, from: point(event), grip: event.target.dataset.grip || "", was: value(p), moved: false };
    stage.setPointerCapture(event.pointerId);
    p.box.focus({ preventScroll: true });
    event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [x, y] = drag.point(event), [a, b] = drag.from, [left, top, w, h] = drag.was;
    if (!drag.moved && Math.hypot(x - a, y - b) * drag.stage.clientWidth / drag.width < 6) return;
    drag.moved = true;
    if (drag.grip === "move") return show(drag, [left + x - a, top + y - b, w, h]);
    // A grip pulls its corner, the opposite one stays; without a grip the box begins where the press did.
    const fixed = drag.grip ? [drag.grip.includes("w") ? left + w : left, drag.grip.includes("n") ? top + h : top] : [a, b];
    show(drag, [Math.min(fixed[0], x), Math.min(fixed[1], y), Math.abs(x - fixed[0]), Math.abs(y - fixed[1])], { corner: true });
  });
  const end = () => { if (drag?.moved) attempt(drag); drag = null; };
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", () => { drag = null; });

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("input[data-mark]")) { const p = parts(event.target); show(p, value(p), { corner: true, typing: true }); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("input[data-mark]")) { const p = parts(event.target); show(p, value(p), { corner: true }); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("input[data-mark], .aw-markbox")) { event.preventDefault(); const p = parts(event.target); show(p, value(p), { corner: true }); return attempt(p); }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step || !event.target.matches?.(".aw-markbox")) return;
    event.preventDefault();
    const p = parts(event.target), [x, y, w, h] = value(p), far = Math.max(1, Math.round(p.width / 100));
    const [dx, dy] = step.map((n) => n * far);
    show(p, event.shiftKey ? [x, y, w + dx, h + dy] : [x + dx, y + dy, w, h], { corner: event.shiftKey });
  });
  // While a box is cut out the old cut-out is grey; then the keyboard goes on at "use it", or at the box where there is none.
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.('[data-act="mark-try"]');
    const p = pressed && parts(pressed);
    if (!p) return;
    p.card.classList.add("aw-cutting");
    const watch = new MutationObserver(() => {
      const now = document.querySelector(".aw-crop");
      if (now?.classList.contains("aw-cutting")) return;
      watch.disconnect();
      (now?.querySelector('[data-act="mark-use"]:not([disabled])') || now?.querySelector(".aw-markbox"))?.focus({ preventScroll: true });
    });
    watch.observe(document.querySelector("#aw-next"), { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
  });
})();
