// The door page offers the conversation that this phone had last, and the installed app goes
// straight to it; a closed one is forgotten with all that was kept of it.
const KEY = "thonmoi-chat", LINK = /^\/c\/[A-Za-z0-9_-]{43}$/;
const path = location.pathname.replace(/\/+$/, "");
if (document.body.dataset.closed) {
  if (LINK.test(path)) keeping(path).clear();
} else {
  let last = null;
  try { last = localStorage.getItem(KEY); } catch (error) { /* a browser without storage offers nothing */ }
  if (last && LINK.test(last)) {
    if (/[?&]app=1\b/.test(location.search)) location.replace(last);
    const again = document.getElementById("again");
    again.querySelector("a").href = last;
    again.hidden = false;
  }
  document.querySelector("form").addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    document.getElementById("offline").hidden = false;
  });
}
