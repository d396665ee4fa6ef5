// What the person writes is kept first, then sent in order, each message under its own id until
// our server says that it has it: the same id twice is one message there. An answer that does not
// say so in our words may be anybody's (a portal's, a proxy's) and is no answer.
function sending(base, keeps, show, words, on) {
  const FIRST_WAIT = 1000, LONGEST_WAIT = 60000, PATIENCE = 6000, TIME = 30000, PIECE_TIME = 180000;
  const REFUSED = [400, 408, 413, 415];
  let queue = [], busy = false, wait = 0, timer = 0, ended = false;
  const kept = new Map(); // id -> promise that the phone keeps it
  const upload = uploading(base, keeps, ask);

  // Ask the server; {verdict: "sent" | "refused" | "later", answer: the response, if any came}.
  async function ask(address, options) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), options.method === "PATCH" ? PIECE_TIME : TIME);
    try {
      const answer = await fetch(address, Object.assign({ signal: stop.signal, credentials: "omit", redirect: "error" }, options));
      if (answer.headers.get("Link-Closed")) { ended = true; on.ended(); return { verdict: "later" }; }
      if (answer.status === 429 || answer.status === 503) wait = Math.max(wait, 1000 * (Number(answer.headers.get("Retry-After")) || 0) / 2);
      const json = (answer.headers.get("Content-Type") || "").includes("json");
      const body = json && options.method !== "HEAD" ? await answer.json() : {};
      on.line(true);
      if (answer.ok && body.ok === true) return { verdict: "sent", answer };
      return { verdict: body.ok === false && REFUSED.includes(answer.status) ? "refused" : "later", answer };
    } catch (error) {
      on.line(false);
      return { verdict: "later" };
    } finally {
      clearTimeout(limit);
    }
  }

  function post(item) {
    if (item.kind === "photo") {
      return upload(item, (part) => {
        if (part > (item.part || 0)) wait = 0; // the line is bad, but it is one
        item.part = part;
        show.mark(item.id, "waiting", part ? Math.floor(part * 100) + "%" : "");
      });
    }
    const { label, asked, chat, ...body } = item;
    return ask(base + "/messages", {
      method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
    }).then((outcome) => outcome.verdict);
  }

  async function drop(id) {
    queue = queue.filter((item) => item.id !== id);
    await keeps.drop(id);
  }

  async function empty() {
    while (queue.length && !ended) {
      const item = queue[0];
      await kept.get(item.id);
      const outcome = await post(item);
      if (!queue.includes(item)) continue; // the conversation itself has shown that it arrived
      if (outcome === "later") {
        wait = Math.min(LONGEST_WAIT, wait ? wait * 2 : FIRST_WAIT);
        timer = setTimeout(send, wait * (0.75 + Math.random() / 2));
        return;
      }
      wait = 0;
      show.mark(item.id, outcome);
      await drop(item.id);
      if (outcome === "refused") show.again(item);
      const since = Date.now();
      setTimeout(() => on.quiet(since), PATIENCE);
    }
  }

  // One tab sends at a time, where the browser can tell: two would overtake each other.
  async function send() {
    if (busy || ended) return;
    busy = true;
    clearTimeout(timer);
    try {
      if (!navigator.locks) await empty();
      else {
        await navigator.locks.request("send " + base, { ifAvailable: true }, (lock) => {
          if (lock) return empty();
          timer = setTimeout(send, FIRST_WAIT * 3);
        });
      }
    } finally {
      busy = false;
    }
  }

  return {
    queue: () => queue,

    // Begin with what an earlier life of the page left.
    async load() {
      const before = await keeps.queue();
      for (const item of before) item.begun = true;
      queue = before.concat(queue);
    },

    async add(item, photo) {
      item.id = item.id || on.newId();
      const last = queue[queue.length - 1];
      item.at = Math.max(Date.now(), last ? last.at + 1 : 0);
      queue.push(item);
      const done = keeps.add(item, photo);
      kept.set(item.id, done);
      show.waiting(item);
      show.wrote();
      send();
      if (!(await done)) on.full();
    },

    // The conversation shows a message of ours: it has arrived, whatever became of the answer.
    arrived(id) {
      if (!queue.some((item) => item.id === id)) return;
      show.mark(id, "sent");
      drop(id);
    },

    soon() { wait = 0; send(); },
    send,
    end() { ended = true; clearTimeout(timer); },
  };
}
