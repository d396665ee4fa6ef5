// One photo after another: keys, the next photos fetched ahead, decisions sent in order behind.
//
// The next photo is put on screen at once and the decision is sent meanwhile. A decision is only
// ever taken about a photo that is on screen, and carries the number of the last decision that
// was seen there; the server refuses it when somebody else was first. Nothing is asked of the
// server before the frame with the next photo is drawn: on a small machine both share a processor.
// What was fetched ahead is told to have been seen when it is on screen, a little later.
// The six ahead are asked for together: two or three at a time were slower (docs/review.md).
(() => {
  const AHEAD = 6, LANES = 6, BEHIND = 6, LONGEST_WAIT = 15000, SOON = 120, TOLD_AFTER = 1000, MOST_TOLD = 50;
  const find = (id) => document.getElementById(id);
  const root = find("review"), told = find("told"), done = find("done"), count = find("count");
  const words = root.dataset, query = words.query ? `?${words.query}` : "";
  let ids = words.queue.split(" ").filter(Boolean).map(Number);
  let card = root.querySelector(".card");
  let at = card ? ids.indexOf(Number(card.dataset.id)) : ids.length;
  const ready = new Map(), coming = new Map(); // photo -> its card, or the promise of it
  const numbers = new Map(); // photo -> number of the last decision that was seen
  const mine = []; // decisions of this page, for Z
  const looked = new Set(); // photos that were on screen and not yet told of
  let sending = Promise.resolve(), unsent = 0, dropped = 0, ended = false, lanes = 0, telling = 0, pass = "";

  const say = (text) => { told.textContent = text; };
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // After the frame that comes next; a page that is not looked at draws none.
  const drawn = () => Promise.race([wait(SOON), new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))]);
  const picture = (one) => one.querySelector(".picture img");

  // ---- cards --------------------------------------------------------------------------------
  async function fetched(id) {
    const answer = await fetch(`/review/${id}${query ? `${query}&` : "?"}card=1`, { redirect: "manual" });
    if (answer.type === "opaqueredirect") { end(); throw new Error("signed out"); }
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    const made = document.importNode(part.content, true).querySelector(".card");
    await picture(made)?.decode().catch(() => {}); // a picture that is not there is no reason to stop
    return made;
  }
  function load(id) {
    if (ready.has(id)) return Promise.resolve(ready.get(id));
    if (!coming.has(id)) {
      const promise = fetched(id).then((made) => {
        // Not if a decision was taken meanwhile: then it shows what no longer holds.
        if (coming.get(id) === promise) { coming.delete(id); ready.set(id, made); }
        return made;
      });
      promise.catch(() => { if (coming.get(id) === promise) coming.delete(id); });
      coming.set(id, promise);
    }
    return coming.get(id);
  }
  async function lane() { // the nearest first, so that the next photo never waits for a later one
    lanes += 1;
    try {
      await drawn();
      for (;;) {
        const id = ids.slice(at + 1, at + 1 + AHEAD).find((one) => !ready.has(one) && !coming.has(one));
        if (id === undefined || ended) return;
        await load(id);
      }
    } catch { /* whoever comes to that photo tries again, and says so */ } finally { lanes -= 1; }
  }
  function ahead() {
    while (lanes < LANES) lane();
    const near = new Set(ids.slice(Math.max(0, at - BEHIND), at + 1 + AHEAD));
    for (const id of ready.keys()) if (!near.has(id)) ready.delete(id);
  }
  function put(made) {
    const inside = card && card.contains(document.activeElement);
    if (card) card.replaceWith(made); else root.prepend(made);
    card = made;
    retry(picture(card));
    seen();
    looked.add(card.dataset.id);
    pass = card.querySelector("input[name=token]").value;
    lookedSoon();
    for (const open of card.querySelectorAll("details.reject")) open.open = false;
    done.hidden = true;
    if (inside || document.activeElement === document.body) card.focus({ preventScroll: true });
    if (matchMedia("(max-width: 50rem)").matches) scrollTo(0, find("next").parentElement.offsetTop);
    history.replaceState(null, "", `/review/${card.dataset.id}${query}`);
  }
  function seen() { // numbers only grow, and a page that was fetched earlier may come later
    const id = Number(card.dataset.id);
    numbers.set(id, Math.max(Number(card.dataset.expected), numbers.get(id) || 0));
  }
  function lookedSoon() { if (!telling) telling = setTimeout(tellLooked, TOLD_AFTER); }
  async function tellLooked() { // who saw what is for the office to know: it tells, and tries again
    clearTimeout(telling);
    telling = 0;
    const some = [...looked].slice(0, MOST_TOLD);
    if (!some.length || ended) return;
    for (const id of some) looked.delete(id);
    const body = new URLSearchParams([["token", pass], ...some.map((id) => ["photo", id])]);
    try {
      const answer = await fetch("/review/seen", { method: "POST", redirect: "manual", keepalive: true, body });
      if (answer.status < 500) return looked.size ? lookedSoon() : undefined; // nor again when signed out
    } catch { /* no connection */ }
    for (const id of some) looked.add(id);
    if (!telling) telling = setTimeout(tellLooked, LONGEST_WAIT);
  }
  function retry(image) { // what did not come when it was fetched ahead may come now
    if (image && image.complete && !image.naturalWidth) image.src = image.getAttribute("src");
  }
  const onScreen = () => (card && Number(card.dataset.id) === ids[at] ? card : null);

  async function show(index) {
    at = Math.max(0, index);
    if (at >= ids.length && !(await more())) return finish();
    const id = ids[at];
    if (!ready.has(id)) {
      root.setAttribute("aria-busy", "true");
      let pause = 500;
      while (!ready.has(id) && ids[at] === id && !ended) {
        try { await load(id); } catch { say(words.lost); await wait(pause); pause = Math.min(pause * 2, LONGEST_WAIT); }
      }
    }
    if (ids[at] !== id) return; // somebody went on meanwhile
    root.removeAttribute("aria-busy");
    const made = ready.get(id);
    if (!made) { ids.splice(at, 1); ready.delete(id); return show(at); } // no longer in the list
    if (made !== card || !done.hidden) put(made);
    moves();
    ahead();
  }
  async function more() {
    await sending;
    try {
      const answer = await fetch(`/review/ids${query}`, { redirect: "manual" });
      const known = new Set(ids);
      const news = (await answer.json()).ids.filter((id) => !known.has(id));
      ids.push(...news);
      return news.length > 0;
    } catch { return false; }
  }
  function finish() {
    if (card) { card.remove(); card = null; }
    done.hidden = false;
    moves();
  }
  function moves() {
    for (const [name, id] of [["previous", ids[at - 1]], ["next", ids[at + 1]]])
      if (id) find(name).href = `/review/${id}${query}`; else find(name).removeAttribute("href");
    find("undo").hidden = !mine.length;
  }

  // ---- decisions ----------------------------------------------------------------------------
  function end() { // what could not be written any more is counted, and said at every further key
    ended = true;
    say(dropped ? `${words.ended} ${words.dropped.replace("{count}", dropped)}` : words.ended);
  }

  async function post(id, fields, token) {
    let pause = 500;
    while (!ended) {
      try {
        const answer = await fetch(`/review/${id}${query}`, {
          method: "POST", redirect: "manual", headers: { Accept: "application/json" },
          body: new URLSearchParams({ ...fields, token }),
        });
        if (answer.type === "opaqueredirect" || answer.status === 403) return end();
        if (answer.ok) return await answer.json();
        if (answer.status < 500) return { outcome: "gone", told: words.refused };
      } catch { /* no connection: tried again below */ }
      say(words.lost);
      await wait(pause);
      pause = Math.min(pause * 2, LONGEST_WAIT);
    }
    return null;
  }
  function send(id, fields, token) {
    unsent += 1;
    const before = Promise.all([sending, drawn()]);
    sending = before.then(async () => {
      // The number as it is when this one's turn comes: an undo follows one's own decision.
      const expected = numbers.get(id);
      const answer = expected === undefined ? null : await post(id, { ...fields, expected }, token);
      unsent -= 1;
      if (told.textContent === words.lost && !ended) say("");
      if (!answer) { if (ended) { dropped += 1; end(); } return; }
      if (answer.outcome === "decided") { numbers.set(id, answer.number); if (answer.told) say(answer.told); }
      else { numbers.delete(id); say(answer.told); forget(id); }
      if (answer.outcome === "decided") root.dataset.sent = String(Number(root.dataset.sent || 0) + 1);
      coming.delete(id);
      if (ids[at] !== id) ready.delete(id); else await again(id);
    });
  }
  function forget(id) {
    const last = mine.findLastIndex((one) => one.id === id);
    if (last >= 0) mine.splice(last, 1);
    moves();
  }
  async function again(id) { // what was decided about the photo on screen has changed
    const choosing = () => onScreen() && card.querySelector(".reject[open]");
    if (choosing()) return; // what is being chosen is not taken away
    ready.delete(id);
    try { if ((await load(id)) && ids[at] === id && !choosing()) show(at); } catch { /* N and P still work */ }
  }
  function decide(form, button) {
    const one = onScreen();
    if (ended) return end();
    if (!one || root.getAttribute("aria-busy")) return say(words.loading);
    const id = Number(one.dataset.id), fields = { decision: form.dataset.decision };
    const image = picture(one);
    if (fields.decision !== "undone" && image && !image.complete) return say(words.loading);
    if (fields.decision === "approved" && !image?.naturalWidth) { retry(image); return say(words.unseen); }
    if (!numbers.has(id)) seen();
    if (button && button.name) fields[button.name] = button.value;
    if (form.elements.words) fields.words = form.elements.words.value;
    send(id, fields, form.elements.token.value);
    if (fields.decision === "undone") { forget(id); return say(words.undone); }
    mine.push({ id, token: form.elements.token.value });
    counted(-1);
    const next = ids[at + 1] && ready.get(ids[at + 1]);
    say(`${words[fields.decision]} ${next ? next.dataset.title : ""}`);
    show(at + 1);
  }
  function undo() {
    const last = mine.pop();
    if (!last) {
      const form = onScreen() && card.querySelector("form.undo");
      return form ? decide(form) : say(words.nothing);
    }
    send(last.id, { decision: "undone" }, last.token);
    counted(1);
    say(words.undone);
    if (!ids.includes(last.id)) ids.splice(at, 0, last.id);
    show(ids.indexOf(last.id));
  }
  function counted(by) {
    const plain = Number(count.textContent);
    if (plain + by >= 0) count.textContent = String(plain + by);
  }

  // ---- two photos side by side --------------------------------------------------------------
  const both = document.createElement("dialog");
  both.className = "both";
  document.body.append(both);
  function figure(image, words) {
    const made = document.createElement("figure"), said = document.createElement("figcaption");
    said.textContent = words;
    made.append(said, image);
    return made;
  }
  function compare(link) {
    const close = document.createElement("button"), other = link.querySelector("img").cloneNode();
    other.loading = "eager";
    close.type = "button";
    close.className = "second";
    close.textContent = words.close;
    const section = link.closest("section"), said = link.closest("li").textContent.trim();
    both.setAttribute("aria-label", section.querySelector("h3").textContent);
    both.replaceChildren(
      figure(picture(card).cloneNode(), words.this),
      figure(other, `${section.querySelector("h3").textContent}: ${said}`), close);
    both.showModal();
  }
  both.addEventListener("click", () => both.close());
  root.addEventListener("click", (event) => {
    const link = event.target.closest(".small-photos a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !onScreen() || !picture(card)) return;
    event.preventDefault();
    compare(link);
  });

  // ---- keys and buttons ---------------------------------------------------------------------
  function go(by) {
    if (at + by < 0 || at + by > ids.length - (by > 0 ? 1 : 0)) return say(words.edge);
    say("");
    show(at + by);
  }
  const reject = () => card && card.querySelector("details.reject");
  const acts = {
    a: () => { const one = onScreen(); if (one && !reject().open) one.querySelector('form[data-decision="approved"]')?.requestSubmit(); },
    r: () => { const box = onScreen() && reject(); if (box) { box.open = !box.open; if (box.open) box.querySelector(".reasons button").focus({ preventScroll: true }); } },
    n: () => go(1), p: () => go(-1), z: undo,
  };
  const useKeys = find("use-keys");
  try { useKeys.checked = localStorage.getItem("review-keys") !== "no"; } catch { /* not kept, then */ }
  useKeys.addEventListener("change", () => { try { localStorage.setItem("review-keys", useKeys.checked ? "yes" : "no"); } catch { /* the same */ } });

  document.addEventListener("keydown", (event) => {
    if (both.open && event.key.length === 1) both.close(); // what is pressed is about the photo below
    const box = reject(), typing = event.target.matches?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && box && box.open) { box.open = false; box.querySelector("summary").focus(); return; }
    if (typing || !useKeys.checked || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    // A Vietnamese input method may swallow the letter: then the key itself says which it is.
    const letter = /^[a-z0-9]$/i.test(event.key) ? event.key.toLowerCase() : (event.code.match(/^(?:Key|Digit)(.)$/) || ["", ""])[1].toLowerCase();
    if (box && box.open && /[1-9]/.test(letter)) {
      const button = box.querySelectorAll(".reasons button")[Number(letter) - 1];
      if (button) { event.preventDefault(); button.click(); }
    } else if (acts[letter]) { event.preventDefault(); acts[letter](); }
  });
  root.addEventListener("toggle", (event) => { if (event.target === reject() && event.target.open) card.scrollIntoView(); }, true);
  root.addEventListener("submit", (event) => { event.preventDefault(); decide(event.target, event.submitter); });
  find("previous").addEventListener("click", (event) => { event.preventDefault(); go(-1); });
  find("next").addEventListener("click", (event) => { event.preventDefault(); go(1); });
  find("undo").addEventListener("click", undo);
  addEventListener("pagehide", tellLooked);
  document.addEventListener("visibilitychange", () => { if (document.hidden) tellLooked(); });
  addEventListener("beforeunload", (event) => { if (unsent && !ended) event.preventDefault(); });

  if (card) { ready.set(ids[at], card); seen(); }
  moves();
  ahead();
})();
