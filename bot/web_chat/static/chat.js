// The chat page: puts the parts together and hears what the person does.
const base = location.pathname.replace(/\/+$/, "");
const words = document.body.dataset;
const find = (id) => document.getElementById(id);
const box = find("text"), form = find("composer"), status = find("status");
const PHOTO_BYTES = 20000000;
let lost = false, closed = false, said = "", announced = "";

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

const keeps = keeping(base);
const prepare = photographing();
const leaver = leaving(base, keeps);
const show = showing(base, words, keeps, (message, choice) => {
  said = "";
  out.add({ kind: "press", text: choice.data, label: choice.label, asked: message.key });
});
const out = sending(base, keeps, show, words, {
  newId, line, ended,
  full() { say(words.full); },
  quiet(since) { if (ears.since() < since) ears.catchUp(); },
});
const ears = hearing(base, { part, line, ended, back() { if (out.queue().length) out.soon(); } });

// ---- what is told above the conversation ------------------------------------------------------
function tell() {
  const text = closed ? words.closed : lost || !navigator.onLine ? words.offline : said;
  if (text === announced) return;
  announced = text;
  status.textContent = text;
  status.hidden = !text;
}
function say(text) { said = text; tell(); }
function line(there) { lost = !there; tell(); }

// The office has closed this link: nothing more can be sent, and the phone keeps nothing more.
function ended() {
  if (closed) return;
  closed = true;
  out.end();
  ears.end();
  leaver.forget();
  form.hidden = find("dock").hidden = true;
  find("leave").hidden = true;
  find("to-door").hidden = false;
  show.ready();
  tell();
}

// ---- what comes --------------------------------------------------------------------------------
let shownAll = false, recalled = false;

function part(news) {
  let fresh = false;
  if (recalled) show.empty(); // what the phone remembered takes its place among what was said
  for (const message of news.messages) {
    if (message.from === "me") out.arrived(message.key);
    fresh = show.take(message, out.queue()) || fresh;
  }
  if (recalled) out.queue().forEach(show.waiting);
  recalled = false;
  show.ready(news.more && !shownAll);
  if (fresh) show.news();
}

find("older").addEventListener("click", async () => {
  try {
    const answer = await fetch(base + "/messages", { credentials: "omit", redirect: "error" });
    if (!answer.ok) return;
    const whole = await answer.json();
    shownAll = true;
    show.empty();
    ears.took(whole);
    out.queue().forEach(show.waiting);
    find("log").scrollTop = 0;
    find("log").focus({ preventScroll: true });
  } catch (error) { line(false); }
});

// ---- what the person does ----------------------------------------------------------------------
function grow() {
  box.style.height = "auto";
  box.style.height = Math.min(box.scrollHeight + 4, 128) + "px";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  said = "";
  out.add({ kind: "text", text });
  box.value = "";
  keeps.notes.set("draft", null);
  grow();
});
box.addEventListener("input", () => { keeps.notes.set("draft", box.value); grow(); });
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("send").click();
});

find("more").addEventListener("click", () => show.open(find("offers").hidden));
for (const name of ["camera", "gallery"]) {
  const input = find(name);
  input.addEventListener("change", async () => {
    const files = Array.from(input.files || []), album = files.length > 1 ? newId() : "";
    input.value = "";
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    for (const file of files) {
      const photo = await prepare(file);
      if (photo.blob.size > PHOTO_BYTES) { say(words.toolarge); continue; }
      out.add({ kind: "photo", album, taken: photo.taken, from: photo.from }, photo.blob);
    }
  });
}

find("offer-position").addEventListener("click", () => {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      show.open(false);
      out.add({ kind: "location", latitude: coords.latitude, longitude: coords.longitude, accuracy: Math.min(coords.accuracy || 0, 1000000) });
    },
    () => say(words.noposition),
    { enableHighAccuracy: true, timeout: 30000, maximumAge: 60000 },
  );
});

find("leave").addEventListener("click", async () => {
  const unsent = out.queue().length ? "\n\n" + words.unsent : "";
  if (!confirm(words.leave + unsent)) return;
  if (await leaver.leave()) location.replace("/c/");
  else say(words.leaveoffline);
});

window.addEventListener("online", () => { lost = false; tell(); out.soon(); ears.online(); });
window.addEventListener("offline", () => { tell(); ears.offline(); });

// ---- beginning ---------------------------------------------------------------------------------
async function begin() {
  box.value = keeps.notes.get("draft", "") || "";
  grow();
  try { localStorage.setItem("thonmoi-chat", base); } catch (error) { /* not kept, then */ }
  tell();
  const came = find("begun").textContent.trim();
  if (came) ears.took(JSON.parse(came));
  await out.load();
  if (!came) {
    // From the phone's own shell: what it keeps is shown before anything is asked.
    show.recall(out.queue());
    recalled = true;
    out.queue().forEach(show.waiting);
    if (!navigator.onLine) show.ready();
    if (out.queue().length) show.wrote();
    else show.settle();
    await ears.catchUp();
  } else out.queue().forEach(show.answered);
  out.queue().forEach(show.waiting);
  show.ready();
  if (out.queue().length) show.wrote();
  else show.settle();
  ears.listen();
  out.send();
  if (navigator.serviceWorker && words.worker) navigator.serviceWorker.register(words.worker).catch(() => {});
}
begin();
