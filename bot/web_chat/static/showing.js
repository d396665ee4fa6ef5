// The conversation on the screen. Whatever is shown is text, never HTML.
function showing(base, words, keeps, onPress) {
  const find = (id) => document.getElementById(id);
  const log = find("log"), older = find("older"), offers = find("offers"), dock = find("dock");
  const DOCKED = 2; // so few choices stand below the conversation, where no long text hides them
  const shown = new Map(); // key -> article, or null for what has no article
  let asking = null; // the message whose choices can be pressed
  let unread = null; // the first article of ours since the person last wrote
  let reading = false; // the person has scrolled by hand since the last news
  let lastDay = "";

  const two = (n) => String(n).padStart(2, "0");
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  function addText(bubble, text) {
    for (const paragraph of text.split(/\n{2,}/)) {
      const element = make("p");
      addLinks(element, paragraph);
      bubble.append(element, "\n");
    }
  }

  function addLinks(parent, text) {
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
    log.append(make("p", "day", when.toDateString() === new Date().toDateString() ? words.today : day));
  }

  function addMessage(message) {
    const mine = message.from === "me", when = new Date(message.at);
    addDay(when);
    const article = make("article", mine ? "me" : "office"), bubble = make("div", "bubble");
    bubble.append(make("span", "hidden", (mine ? words.me : words.office) + ": "));
    if (mine && message.kind === "photo") addPhoto(bubble, message);
    else if (mine && message.kind === "location") bubble.append(words.position);
    else addText(bubble, message.text);
    if (message.picture) addPicture(bubble, message);
    if (message.document) {
      const link = make("a", "", message.name || words.document);
      link.href = base + "/" + message.document;
      link.setAttribute("download", message.name || "");
      bubble.append("\n", link);
    }
    article.append(bubble, make("span", "time", two(when.getHours()) + ":" + two(when.getMinutes())));
    log.append(article);
    shown.set(message.key, article);
    return article;
  }

  function addPicture(bubble, message) {
    const picture = make("img"), whole = make("a");
    picture.alt = words.picture;
    picture.addEventListener("load", settle);
    picture.src = base + "/" + message.picture;
    whole.href = picture.src;
    whole.target = "_blank";
    whole.rel = "noopener noreferrer";
    whole.append(picture);
    bubble.append(whole);
  }

  function addPhoto(bubble, message) {
    bubble.append(words.photo);
    keeps.photo(message.key).then((blob) => {
      if (!blob) return;
      const image = make("img");
      image.alt = words.photo;
      image.addEventListener("load", () => { URL.revokeObjectURL(image.src); settle(); });
      image.src = URL.createObjectURL(blob);
      bubble.append(image);
    });
  }

  // Show the choices of the message that is asked.
  function addChoices() {
    const { message, place } = asking;
    for (const line of message.buttons || []) {
      const row = make("div", "row");
      for (const choice of line) {
        const button = make("button", "", choice.label);
        button.type = "button";
        button.value = choice.data;
        button.addEventListener("click", () => {
          pressed(choice.data);
          onPress(message, choice);
        });
        row.append(button);
      }
      place.append(row);
    }
    dock.hidden = !dock.childElementCount;
  }

  function pressed(data) {
    asking.place.querySelectorAll(".row button").forEach((button) => {
      button.disabled = true;
      if (button.value !== data) return;
      button.classList.add("pressed");
      button.setAttribute("aria-pressed", "true");
    });
  }

  function dropChoices() {
    if (!asking) return;
    const focused = asking.place.contains(document.activeElement);
    asking.place.querySelectorAll(".row").forEach((row) => row.remove());
    dock.hidden = true;
    if (focused) log.focus({ preventScroll: true });
  }

  function open(yes) {
    offers.hidden = !yes;
    find("more").setAttribute("aria-expanded", String(yes));
  }

  // A question of ours: its choices can be pressed until it is answered. The phone keeps it, so
  // that a page opened without a line shows what is being asked.
  function ask(article, message, answered) {
    dropChoices();
    const few = (message.buttons || []).reduce((n, line) => n + line.length, 0) <= DOCKED;
    asking = { message, key: message.key, prompt: message.prompt, place: few ? dock : article };
    addChoices();
    if (answered) pressed(answered.text);
    find("offer-position").hidden = message.wants !== "location" || !navigator.geolocation;
    open(message.wants === "photo" || message.wants === "location");
    keeps.notes.set("question", message);
  }

  const show = {
    make, open, settle,

    // Take one message; false when it has been seen. `queue` says what still waits to be sent.
    take(message, queue) {
      if (asking && message.pressed === asking.key) dropChoices();
      if (message.closes) {
        if (asking && !shown.has(message.key) && message.closes === asking.prompt) dropChoices();
        shown.set(message.key, null);
        return false;
      }
      if (shown.has(message.key)) return false;
      const article = addMessage(message);
      if (message.from === "me") { unread = null; return true; }
      unread = unread || article;
      if (message.prompt || message.buttons) ask(article, message, queue.find((item) => item.asked === message.key));
      return true;
    },

    // The last question as the phone keeps it, while nothing comes from the office.
    recall(queue) {
      const message = keeps.notes.get("question", null);
      if (message) show.take(message, queue);
    },

    // A message that waits to be sent.
    waiting(item) {
      if (shown.has(item.id)) return;
      addMessage({ key: item.id, from: "me", kind: item.kind, at: item.at, text: item.label || item.text || "" });
      show.mark(item.id, "waiting");
    },

    mark(id, state, more) {
      const article = shown.get(id);
      if (!article) return;
      article.classList.toggle("waiting", state === "waiting");
      article.classList.toggle("refused", state === "refused");
      const time = article.querySelector(".time"), clock = time.textContent.split(" · ")[0];
      time.textContent = clock + " · " + words[state] + (more ? " " + more : "");
    },

    // A press that was found waiting, after its question was shown.
    answered(item) {
      if (asking && item.asked === asking.key) pressed(item.text);
    },

    // A press was not taken: it may be made again.
    again(item) {
      if (!asking || item.asked !== asking.key) return;
      dropChoices();
      addChoices();
    },

    wrote() { unread = null; reading = false; settle(); },
    news() { reading = false; settle(); },

    ready(more) {
      find("loading").hidden = true;
      log.removeAttribute("aria-busy");
      if (more) older.hidden = false;
    },

    // Begin anew, for showing all of a conversation of which only the end was shown.
    empty() {
      dropChoices();
      log.querySelectorAll("article, .day").forEach((element) => element.remove());
      shown.clear();
      asking = unread = null;
      lastDay = "";
      older.hidden = true;
    },
  };
  return show;
}
