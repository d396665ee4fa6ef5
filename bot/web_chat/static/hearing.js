// News from the office: one event stream while the page is looked at; where none comes through (or
// only held back), a question now and then. Coming back is spread out, so that a village whose
// line returns does not knock all at once.
function hearing(base, on) {
  const HELLO = 10000, SILENCE = 50000, POLL = 5000, FIRST_WAIT = 1000, LONGEST_WAIT = 60000;
  const FAILURES = 3, TRY_AGAIN = 600000;
  let cursor = "", heard = 0, source = null, failures = 0, catching = null, ended = false;
  let retry = 0, watch = 0, poll = 0;

  const spread = (time) => time * (0.75 + Math.random() / 2);

  function took(part) {
    heard = Date.now();
    on.part(part);
    cursor = part.cursor || cursor;
  }

  // Ask for what is new; several askers share one answer.
  function catchUp() {
    if (!catching && !ended) catching = ask().then(() => { catching = null; });
    return catching || Promise.resolve();
  }

  async function ask() {
    const stop = new AbortController(), limit = setTimeout(() => stop.abort(), 30000);
    try {
      let part;
      do {
        const answer = await fetch(base + "/messages?" + (cursor ? "after=" + cursor : "few"), { credentials: "omit", redirect: "error", signal: stop.signal });
        if (answer.headers.get("Link-Closed")) { ended = true; on.ended(); return; }
        if (!answer.ok) break;
        part = await answer.json();
        const first = !cursor;
        took(part);
        on.line(true);
        if (first) break;
      } while (part.more);
    } catch (error) {
      on.line(false);
    } finally {
      clearTimeout(limit);
    }
  }

  function shut() {
    clearTimeout(retry);
    clearTimeout(watch);
    if (source) source.close();
    source = null;
  }

  // What is not heard from in time is dead or held back on the way.
  function expect(time) {
    clearTimeout(watch);
    watch = setTimeout(failed, time);
  }

  function failed() {
    shut();
    if (ended || document.hidden) return;
    failures += 1;
    const wait = failures >= FAILURES ? TRY_AGAIN : Math.min(LONGEST_WAIT, FIRST_WAIT * Math.pow(2, failures));
    retry = setTimeout(listen, spread(wait));
    if (failures === FAILURES) ask_now_and_then();
  }

  function ask_now_and_then() {
    clearTimeout(poll);
    if (ended || document.hidden || failures < FAILURES) return;
    poll = setTimeout(() => catchUp().then(ask_now_and_then), spread(POLL));
  }

  function listen() {
    if (source || ended || document.hidden) return;
    if (!window.EventSource) { failures = FAILURES; ask_now_and_then(); return; }
    clearTimeout(retry);
    const mine = source = new EventSource(base + "/events?after=" + cursor);
    const alive = () => {
      if (mine !== source) return;
      failures = 0;
      heard = Date.now();
      expect(SILENCE);
      on.line(true);
    };
    mine.addEventListener("hello", () => { alive(); on.back(); });
    mine.addEventListener("beat", alive);
    mine.onmessage = (event) => { if (mine === source) { took(JSON.parse(event.data)); alive(); } };
    mine.onerror = () => { if (mine === source) { if (!navigator.onLine) on.line(false); catchUp(); failed(); } };
    expect(HELLO);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { shut(); clearTimeout(poll); return; }
    on.back();
    catchUp().then(() => { listen(); ask_now_and_then(); });
  });

  return {
    took, catchUp, listen,
    since: () => heard,
    online() { failures = 0; shut(); catchUp().then(listen); },
    offline() { shut(); },
    end() { ended = true; shut(); clearTimeout(poll); },
    forget() { cursor = ""; },
  };
}
