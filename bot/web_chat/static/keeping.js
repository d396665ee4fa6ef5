// What the phone keeps of one conversation: unsent messages with their photos in IndexedDB (a
// message and its photo in one transaction), the draft and the last question in localStorage.
// Where IndexedDB is refused the queue goes to localStorage, where that is refused to memory.
function keeping(base) {
  const memory = new Map(); // photos of this page's life, by message id
  const prefix = base + "#";

  const notes = {
    get(name, otherwise) {
      try {
        const text = localStorage.getItem(prefix + name);
        return text === null ? otherwise : JSON.parse(text);
      } catch (error) { return otherwise; }
    },
    set(name, value) {
      try {
        if (value === null) localStorage.removeItem(prefix + name);
        else localStorage.setItem(prefix + name, JSON.stringify(value));
        return true;
      } catch (error) { return false; }
    },
  };

  const database = new Promise((resolve) => {
    setTimeout(() => resolve(null), 3000); // some phones never answer
    try {
      const request = indexedDB.open("thonmoi", 2);
      request.onupgradeneeded = () => {
        const made = request.result, has = made.objectStoreNames;
        if (!has.contains("photos")) made.createObjectStore("photos");
        if (!has.contains("queue")) made.createObjectStore("queue", { keyPath: "id" });
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = request.onblocked = () => resolve(null);
    } catch (error) { resolve(null); }
  });

  // Run one transaction; false when it did not come to its end.
  async function within(mode, work) {
    const open = await database;
    if (!open) return false;
    return new Promise((resolve) => {
      try {
        const all = open.transaction(["queue", "photos"], mode);
        const request = work(all.objectStore("queue"), all.objectStore("photos"));
        all.oncomplete = () => resolve({ result: request && request.result });
        all.onerror = all.onabort = () => resolve(false);
      } catch (error) { resolve(false); }
    });
  }

  const spare = () => notes.get("queue", []);

  return {
    notes,

    // Unsent messages of this conversation, oldest first.
    async queue() {
      const found = await within("readonly", (queue) => queue.getAll());
      const mine = ((found && found.result) || []).filter((item) => item.chat === base);
      return mine.concat(spare()).sort((a, b) => a.at - b.at);
    },

    // Keep a message (and its photo); false when only this page's memory has it.
    async add(item, photo) {
      if (photo) memory.set(item.id, photo);
      const kept = await within("readwrite", (queue, photos) => {
        if (photo) photos.put(photo, item.id);
        return queue.put(Object.assign({ chat: base }, item));
      });
      return Boolean(kept) || (!photo && notes.set("queue", spare().concat([item])));
    },

    async drop(id) {
      memory.delete(id);
      const left = spare().filter((item) => item.id !== id);
      notes.set("queue", left.length ? left : null);
      await within("readwrite", (queue, photos) => { queue.delete(id); photos.delete(id); });
    },

    async photo(id) {
      if (memory.has(id)) return memory.get(id);
      const found = await within("readonly", (queue, photos) => photos.get(id));
      return found && found.result;
    },

    // Forget this conversation altogether.
    async clear() {
      memory.clear();
      try {
        for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
        if (localStorage.getItem("thonmoi-chat") === base) localStorage.removeItem("thonmoi-chat");
      } catch (error) { /* nothing was kept there */ }
      const found = await within("readonly", (queue) => queue.getAll());
      const mine = ((found && found.result) || []).filter((item) => item.chat === base);
      await within("readwrite", (queue, photos) => {
        for (const item of mine) { queue.delete(item.id); photos.delete(item.id); }
      });
    },
  };
}
