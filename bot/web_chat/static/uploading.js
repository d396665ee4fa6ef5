// One photo, piece by piece: after a cut it goes on where the server's copy ends (uploads.py).
function uploading(base, keeps, ask) {
  const LEAST = 32768, MOST = 131072, QUICK = 3000, CALM = 8, TRIES = 8, SPOILT = 3;
  let piece = LEAST, most = MOST, well = 0; // larger pieces on a good line, smaller ones on a bad one

  // A piece has gone (or not): what was too large for the line is not tried again at once.
  function learn(good, took) {
    well = good ? well + 1 : 0;
    if (!good) most = piece = Math.max(LEAST, piece / 2);
    else if (well % CALM === 0) most = Math.min(MOST, most * 2);
    if (good && took < QUICK) piece = Math.min(most, piece * 2);
  }

  async function checksum(blob) {
    try {
      const bytes = await new Response(blob).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
    } catch (error) { return ""; } // no crypto on a page without https: the server counts bytes only
  }

  // Send a message's photo; return ask()'s verdict. `onPart` hears how much has arrived (0 to 1).
  return async (item, onPart) => {
    const blob = await keeps.photo(item.id);
    if (!blob) return "refused";
    const query = new URLSearchParams({
      length: String(blob.size), type: blob.type || "", sha256: await checksum(blob), at: String(item.at),
      album: item.album || "", taken: String(Math.round(item.taken || 0)), from: item.from || "",
    });
    const place = base + "/photos/" + item.id;
    let offset = 0, wrong = 0;
    if (item.begun) {
      const head = await ask(place, { method: "HEAD" });
      if (!head.answer) return head.verdict;
      if (head.answer.headers.get("Upload-Complete")) return "sent";
      if (head.answer.ok) offset = Number(head.answer.headers.get("Upload-Offset")) || 0;
    }
    item.begun = true; // also when it is read again from what the phone keeps
    for (;;) {
      onPart(offset / blob.size);
      const since = Date.now();
      const { answer, verdict } = await ask(place + "?" + query, {
        method: "PATCH", body: blob.slice(offset, offset + piece),
        headers: { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
      });
      const next = answer && Number(answer.headers.get("Upload-Offset"));
      const told = answer && answer.headers.has("Upload-Offset") && next >= 0 && next <= blob.size;
      if (told && answer.status === 204) {
        learn(true, Date.now() - since);
        offset = next;
      } else if (told && answer.status === 409 && wrong++ < TRIES) {
        learn(false); // the browser itself has asked again after a cut
        offset = next;
      } else {
        if (answer && answer.status === 422 && (item.spoilt = (item.spoilt || 0) + 1) >= SPOILT) return "refused";
        if (verdict === "later") learn(false);
        return verdict;
      }
    }
  };
}
