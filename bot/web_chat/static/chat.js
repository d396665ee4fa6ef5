// The chat page. What a person writes is kept on the phone first, then sent in order, each
// message under its own id until the server says that it has it: the same id twice is one
// message there. Whatever is shown is text, never HTML.
"use strict";
(() => {
  const base = location.pathname.replace(/\/+$/, "");
  const words = document.body.dataset;
  const find = (id) => document.getElementById(id);
  const log = find("log"), form = find("composer"), box = find("text"), offers = find("offers");
  const PHOTO_SIDE = 1600, PHOTO_QUALITY = 0.85, PHOTO_BYTES = 20000000;
  const POLL = 5000, PATIENCE = 6000, FIRST_WAIT = 2000, LONGEST_WAIT = 60000;

  // ---- what the phone keeps ---------------------------------------------------------------
  const kept = {
    get(name, otherwise) {
      try {
        const text = localStorage.getItem(base + "#" + name);
        return text === null ? otherwise : JSON.parse(text);
      } catch (error) { return otherwise; }
    },
    set(name, value) {
      try { localStorage.setItem(base + "#" + name, JSON.stringify(value)); } catch (error) { /* full or forbidden: memory has it */ }
    },
  };

  const photos = (() => {
    const memory = new Map();
    const open = new Promise((resolve) => {
      try {
        const request = indexedDB.open("thonmoi", 1);
        request.onupgradeneeded = () => request.result.createObjectStore("photos");
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(null);
      } catch (error) { resolve(null); }
    });
    const ask = async (mode, work) => {
      const database = await open;
      if (!database) return undefined;
      return new Promise((resolve) => {
        try {
          const all = database.transaction("photos", mode);
          const request = work(all.objectStore("photos"));
          all.oncomplete = () => resolve(request.result);
          all.onerror = all.onabort = () => resolve(undefined);
        } catch (error) { resolve(undefined); }
      });
    };
    return {
      put(id, blob) { memory.set(id, blob); return ask("readwrite", (s) => s.put(blob, id)); },
      async get(id) { return memory.get(id) || ask("readonly", (s) => s.get(id)); },
      drop(id) { memory.delete(id); return ask("readwrite", (s) => s.delete(id)); },
    };
  })();

  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // ---- showing ----------------------------------------------------------------------------
  const shown = new Map(); // key -> article
  let asking = null; // the message whose choices can be pressed
  let unread = null; // the first article of ours since the person last wrote
  let reading = false; // the person has scrolled by hand since the last news
  let lastDay = "";

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  const two = (n) => String(n).padStart(2, "0");

  function addText(parent, text) {
    for (const part of text.split(/(https?:\/\/[^\s<>"]+)/)) {
      if (/^https?:\/\//.test(part)) {
        const link = make("a", "", part);
        link.href = part;
        link.rel = "noopener noreferrer";
        parent.append(link);
      } else if (part) parent.append(part);
    }
  }

  // Show the end of the conversation, but never push the beginning of what is unread out of sight.
  function settle() {
    if (!reading) log.scrollTop = unread ? unread.offsetTop - 12 : log.scrollHeight;
  }
  for (const sign of ["wheel", "touchmove"]) log.addEventListener(sign, () => { reading = true; }, { passive: true });

  function addDay(when) {
    const day = two(when.getDate()) + "/" + two(when.getMonth() + 1) + "/" + when.getFullYear();
    if (day === lastDay) return;
    lastDay = day;
    const same = when.toDateString() === new Date().toDateString();
    log.append(make("p", "day", same ? words.today : day));
  }

  function addMessage(message) {
    const mine = message.from === "me";
    const when = new Date(message.at);
    addDay(when);
    const article = make("article", mine ? "me" : "office");
    const bubble = make("div", "bubble");
    bubble.append(make("span", "hidden", (mine ? words.me : words.office) + ": "));
    if (mine && message.kind === "photo") addPhoto(bubble, message);
    else if (mine && message.kind === "location") bubble.append(words.position);
    else addText(bubble, message.text);
    if (message.picture) {
      const picture = make("img");
      picture.alt = words.picture;
      picture.addEventListener("load", settle);
      picture.src = base + "/" + message.picture;
      const whole = make("a");
      whole.href = picture.src;
      whole.target = "_blank";
      whole.rel = "noopener noreferrer";
      whole.append(picture);
      bubble.append(whole);
    }
    if (message.document) {
      const link = make("a", "", message.name || words.document);
      link.href = base + "/" + message.document;
      link.setAttribute("download", message.name || "");
      bubble.append("\n", link);
    }
    article.append(bubble);
    article.append(make("span", "time", two(when.getHours()) + ":" + two(when.getMinutes())));
    log.append(article);
    shown.set(message.key, article);
    return article;
  }

  function addPhoto(bubble, message) {
    bubble.append(words.photo);
    photos.get(message.key).then((blob) => {
      if (!blob) return;
      const image = make("img");
      image.alt = words.photo;
      image.addEventListener("load", () => { URL.revokeObjectURL(image.src); settle(); });
      image.src = URL.createObjectURL(blob);
      bubble.append(image);
    });
  }

  function addChoices(article, message) {
    for (const line of message.buttons || []) {
      const row = make("div", "row");
      for (const choice of line) {
        const button = make("button", "", choice.label);
        button.type = "button";
        button.addEventListener("click", () => press(article, message, choice, button));
        row.append(button);
      }
      article.append(row);
    }
  }

  function dropChoices(article) {
    if (!article) return;
    const focused = article.contains(document.activeElement);
    article.querySelectorAll(".row").forEach((row) => row.remove());
    if (focused) log.focus({ preventScroll: true });
  }

  function press(article, message, choice, button) {
    article.querySelectorAll(".row button").forEach((b) => { b.disabled = true; });
    button.classList.add("pressed");
    queueUp({ kind: "press", text: choice.data, label: choice.label, asked: message.key });
  }

  function offer(wants) {
    find("offer-position").hidden = wants !== "location" || !navigator.geolocation;
    open(wants === "photo" || wants === "location");
  }

  function open(yes) {
    offers.hidden = !yes;
    find("more").setAttribute("aria-expanded", String(yes));
  }

  function mark(id, state) {
    const article = shown.get(id);
    if (!article) return;
    article.classList.toggle("waiting", state === "waiting");
    article.classList.toggle("refused", state === "refused");
    const time = article.querySelector(".time");
    const clock = time.textContent.split(" · ")[0];
    time.textContent = clock + " · " + words[state];
  }

  // Take a part of the conversation from the server; each message is shown once.
  function take(part) {
    let news = false;
    for (const message of part.messages) {
      if (asking && message.pressed === asking.key) dropChoices(asking.article);
      if (message.closes) {
        if (asking && !shown.has(message.key) && message.closes === asking.prompt) dropChoices(asking.article);
        shown.set(message.key, null);
        continue;
      }
      if (shown.has(message.key)) {
        if (message.from === "me") { drop(message.key); mark(message.key, "sent"); }
        continue;
      }
      const article = addMessage(message);
      news = true;
      if (message.from === "me") { unread = null; continue; }
      unread = unread || article;
      if (message.prompt || message.buttons) {
        dropChoices(asking && asking.article);
        asking = { article, message, key: message.key, prompt: message.prompt };
        if (!queue.some((item) => item.asked === message.key)) addChoices(article, message);
        offer(message.wants);
      }
    }
    cursor = part.cursor || cursor;
    heard = Date.now();
    find("loading").hidden = true;
    if (news) { reading = false; settle(); }
  }

  // ---- sending ----------------------------------------------------------------------------
  let queue = kept.get("queue", []);
  let sending = false, wait = 0, timer = 0;

  function queueUp(item) {
    item.id = item.id || newId();
    item.at = Date.now();
    queue.push(item);
    kept.set("queue", queue);
    showWaiting(item);
    unread = null;
    reading = false;
    settle();
    send();
  }

  function showWaiting(item) {
    addMessage({ key: item.id, from: "me", kind: item.kind, at: item.at, text: item.label || item.text || "" });
    mark(item.id, "waiting");
  }

  function drop(id) {
    if (!queue.some((item) => item.id === id)) return;
    queue = queue.filter((item) => item.id !== id);
    kept.set("queue", queue);
    photos.drop(id);
  }

  async function send() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    while (queue.length) {
      const item = queue[0];
      const outcome = await post(item);
      if (outcome === "later") {
        wait = Math.min(LONGEST_WAIT, wait ? wait * 2 : FIRST_WAIT);
        timer = setTimeout(send, wait);
        break;
      }
      wait = 0;
      mark(item.id, outcome);
      drop(item.id);
      if (outcome === "refused" && asking && item.asked === asking.key) {
        dropChoices(asking.article);
        addChoices(asking.article, asking.message);
      }
      const asked = Date.now();
      setTimeout(() => { if (heard < asked) catchUp(); }, PATIENCE);
    }
    sending = false;
    tell();
  }

  async function post(item) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), item.kind === "photo" ? 600000 : 30000);
    const options = { method: "POST", signal: stop.signal, credentials: "omit" };
    let address = base + "/messages";
    try {
      if (item.kind === "photo") {
        const blob = await photos.get(item.id);
        if (!blob) return "refused";
        const query = new URLSearchParams({ id: item.id, at: String(item.at), album: item.album || "" });
        address = base + "/photos?" + query;
        options.body = blob;
        options.headers = { "Content-Type": blob.type || "application/octet-stream" };
      } else {
        const { label, asked, ...body } = item;
        options.body = JSON.stringify(body);
        options.headers = { "Content-Type": "application/json" };
      }
      const response = await fetch(address, options);
      if (response.ok) { lost = false; return "sent"; }
      if (response.status === 404) ended = true;
      return [400, 413, 415].includes(response.status) ? "refused" : "later";
    } catch (error) {
      lost = true;
      return "later";
    } finally {
      clearTimeout(limit);
    }
  }

  // ---- hearing ----------------------------------------------------------------------------
  let cursor = "", heard = 0, source = null, catching = false, lost = false, ended = false;

  async function catchUp() {
    if (catching || ended) return;
    catching = true;
    try {
      let part;
      do {
        const response = await fetch(base + "/messages?after=" + cursor, { credentials: "omit" });
        if (response.status === 404) ended = true;
        if (!response.ok) break;
        part = await response.json();
        take(part);
        lost = false;
      } while (part.more);
    } catch (error) {
      lost = true;
    } finally {
      catching = false;
      tell();
    }
  }

  function listen() {
    if (!window.EventSource || ended || (source && source.readyState !== EventSource.CLOSED)) return;
    source = new EventSource(base + "/events?after=" + cursor);
    source.onmessage = (event) => { take(JSON.parse(event.data)); lost = false; tell(); };
    source.onopen = () => { lost = false; tell(); if (queue.length) send(); };
  }

  function tell(text) {
    const status = find("status");
    const offline = lost || !navigator.onLine;
    const line = text || (ended ? words.closed : offline ? words.offline : "");
    status.textContent = line;
    status.hidden = !line;
  }

  // ---- what the person does ---------------------------------------------------------------
  function grow() {
    box.style.height = "auto";
    box.style.height = Math.min(box.scrollHeight + 4, 128) + "px";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    queueUp({ kind: "text", text });
    box.value = "";
    kept.set("draft", "");
    grow();
  });
  box.addEventListener("input", () => { kept.set("draft", box.value); grow(); });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit ? form.requestSubmit() : find("send").click();
  });

  find("more").addEventListener("click", () => open(offers.hidden));
  for (const name of ["camera", "gallery"]) {
    const input = find(name);
    input.addEventListener("change", async () => {
      const files = Array.from(input.files || []);
      input.value = "";
      const album = files.length > 1 ? newId() : "";
      for (const file of files) {
        const blob = await shrink(file);
        if (blob.size > PHOTO_BYTES) { tell(words.toolarge); continue; }
        const id = newId();
        await photos.put(id, blob);
        queueUp({ id, kind: "photo", album });
      }
    });
  }

  // A smaller JPEG for a bad line; what the browser cannot decode is sent as it is.
  async function shrink(file) {
    const address = URL.createObjectURL(file);
    try {
      const image = new Image();
      await new Promise((resolve, reject) => { image.onload = resolve; image.onerror = reject; image.src = address; });
      const scale = Math.min(1, PHOTO_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      const canvas = make("canvas");
      canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
      canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", PHOTO_QUALITY));
      return blob || file;
    } catch (error) {
      return file;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  find("offer-position").addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        open(false);
        queueUp({ kind: "location", latitude: coords.latitude, longitude: coords.longitude, accuracy: Math.min(coords.accuracy || 0, 1000000) });
      },
      () => tell(words.noposition),
      { enableHighAccuracy: true, timeout: 30000, maximumAge: 60000 },
    );
  });

  // ---- beginning --------------------------------------------------------------------------
  window.addEventListener("online", () => { lost = false; wait = 0; tell(); send(); catchUp(); });
  window.addEventListener("offline", () => tell());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { send(); catchUp(); } });
  setInterval(() => {
    if (document.hidden || (source && source.readyState === 1)) return;
    catchUp();
    listen();
  }, POLL);

  box.value = kept.get("draft", "");
  grow();
  try { localStorage.setItem("thonmoi-chat", base); } catch (error) { /* not kept, then */ }
  catchUp().then(() => {
    for (const item of queue) if (!shown.has(item.id)) showWaiting(item);
    settle();
    listen();
    send();
  });
})();
