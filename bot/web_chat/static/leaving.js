// Signing out: the link dies on the server first, then the phone forgets the conversation.
function leaving(base, keeps) {
  async function forget() {
    await keeps.clear();
    try {
      for (const name of await caches.keys()) if (name.startsWith("thonmoi-")) await caches.delete(name);
      for (const worker of await navigator.serviceWorker.getRegistrations()) {
        if (new URL(worker.scope).pathname === "/c/") await worker.unregister();
      }
    } catch (error) { /* a page without https keeps nothing there */ }
  }

  // True when it is done; false when the server could not be told, and nothing has changed.
  async function leave() {
    try {
      const answer = await fetch(base + "/leave", { method: "POST", credentials: "omit", redirect: "error" });
      if (!answer.headers.get("Link-Closed") && !(await answer.json()).ok) return false;
    } catch (error) { return false; }
    await forget();
    return true;
  }

  return { leave, forget };
}
