// The door page offers the conversation that this phone had last; a closed one is forgotten.
"use strict";
(() => {
  const KEY = "thonmoi-chat";
  try {
    const last = localStorage.getItem(KEY);
    if (!last || !/^\/c\/[A-Za-z0-9_-]{43}$/.test(last)) return;
    if (document.body.dataset.closed) {
      if (last === location.pathname) localStorage.removeItem(KEY);
      return;
    }
    const again = document.getElementById("again");
    again.querySelector("a").href = last;
    again.hidden = false;
  } catch (error) {
    // A browser without storage offers nothing.
  }
})();
