// A photo as it goes over a bad line: a smaller JPEG, the right way up, with the time at which it
// was taken read from what the camera wrote into the file before that is lost.
function photographing() {
  const SIDE = 1600, QUALITY = 0.8, HEAD_BYTES = 131072;
  const ORIENTATION = 0x0112, DETAILS = 0x8769, TAKEN = 0x9003, ZONE = 0x9011;

  // Orientation (1 to 8) and time taken (milliseconds, 0 for none) of a JPEG's first bytes.
  function written(view) {
    const found = { orientation: 1, taken: 0 };
    try {
      if (view.getUint16(0) !== 0xffd8) return found;
      for (let at = 2; (view.getUint8(at) === 0xff) && view.getUint8(at + 1) !== 0xda; at += 2 + view.getUint16(at + 2)) {
        if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return tags(view, at + 10, found);
      }
    } catch (error) { /* it ends before it should: what was found holds */ }
    return found;
  }

  function tags(view, start, found) {
    const little = view.getUint16(start) === 0x4949;
    const short = (at) => view.getUint16(start + at, little), long = (at) => view.getUint32(start + at, little);
    const text = (entry) => {
      const size = Math.min(long(entry + 4), 40), at = size > 4 ? long(entry + 8) : entry + 8;
      let read = "";
      for (let n = 0; n < size; n++) read += String.fromCharCode(view.getUint8(start + at + n));
      return read;
    };
    const entries = (folder) => {
      const all = {};
      for (let n = 0; n < Math.min(short(folder), 200); n++) all[short(folder + 2 + 12 * n)] = folder + 2 + 12 * n;
      return all;
    };
    const image = entries(long(4));
    if (image[ORIENTATION]) found.orientation = short(image[ORIENTATION] + 8);
    if (!image[DETAILS]) return found;
    const camera = entries(long(image[DETAILS] + 8));
    if (camera[TAKEN]) found.taken = moment(text(camera[TAKEN]), camera[ZONE] ? text(camera[ZONE]) : "");
    return found;
  }

  // "2026:11:22 07:35:00" is the camera's own clock: its zone if it says one, else the phone's.
  function moment(text, zone) {
    const day = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text), away = /^([+-])(\d\d):(\d\d)/.exec(zone);
    if (!day || day[1] === "0000") return 0;
    const n = day.slice(1).map(Number);
    if (!away) return new Date(n[0], n[1] - 1, n[2], n[3], n[4], n[5]).getTime();
    return Date.UTC(n[0], n[1] - 1, n[2], n[3], n[4], n[5]) - Number(away[1] + "1") * (Number(away[2]) * 60 + Number(away[3])) * 60000;
  }

  // How a canvas turns a picture of this width and height (as stored) upright.
  const turns = (w, h) => ({
    2: [-1, 0, 0, 1, w, 0], 3: [-1, 0, 0, -1, w, h], 4: [1, 0, 0, -1, 0, h], 5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, h, 0], 7: [0, -1, -1, 0, h, w], 8: [0, -1, 1, 0, 0, w],
  });

  async function smaller(file, orientation) {
    const address = URL.createObjectURL(file);
    try {
      const image = new Image();
      await new Promise((resolve, reject) => { image.onload = resolve; image.onerror = reject; image.src = address; });
      // Browsers that know this property (since Chrome 81, Safari 13.1) turn pictures themselves.
      const turned = window.CSS && CSS.supports("image-orientation", "from-image");
      const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
      const w = Math.max(1, Math.round(image.naturalWidth * scale)), h = Math.max(1, Math.round(image.naturalHeight * scale));
      const turn = turned ? null : turns(w, h)[orientation], aside = turn && orientation > 4;
      const canvas = document.createElement("canvas"), draw = canvas.getContext("2d");
      canvas.width = aside ? h : w;
      canvas.height = aside ? w : h;
      draw.fillStyle = "#fff";
      draw.fillRect(0, 0, canvas.width, canvas.height);
      if (turn) draw.setTransform.apply(draw, turn);
      draw.drawImage(image, 0, 0, w, h);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
      return !blob || (scale === 1 && !turn && blob.size >= file.size) ? file : blob;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  // {blob, taken, from}: what this phone cannot decode or scale is sent as it is.
  return async (file) => {
    let found = { orientation: 1, taken: 0 }, blob = file;
    try {
      found = written(new DataView(await new Response(file.slice(0, HEAD_BYTES)).arrayBuffer()));
    } catch (error) { /* it cannot be read here: perhaps it can be sent */ }
    try { blob = await smaller(file, found.orientation); } catch (error) { /* the original, then */ }
    if (found.taken) return { blob, taken: found.taken, from: "exif" };
    return { blob, taken: file.lastModified || 0, from: "file" };
  };
}
