/** A text with its escapes undone: one character for each byte, and where in the text it began and ended. */
export interface Spelled {
  readonly bytes: string;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
}

/** What percent-encoding, JSON, HTML and program texts write for a byte or a character. A backslash that escapes nothing is left out. */
const escapes =
  /%([0-9a-f]{2})|\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|&#x([0-9a-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos|sol|plus|equals);|\\([^a-z0-9])|\\[nrt]|\\/gi;
const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  sol: "/",
  plus: "+",
  equals: "=",
};
/** How often one encoding may stand within another; what is deeper stays as it is. */
const deepest = 6;

/**
 * Reads a text so that different spellings of the same come out alike: percent-encoded, escaped as in JSON, JavaScript or
 * HTML, also one within another; in capitals or not; with - and _ or with + and /; broken into lines. Only good for
 * comparing with what was read the same way.
 */
export function spelled(text: string): Spelled {
  let now = bytesOf(text);
  for (let depth = 0; depth < deepest && /[%\\&]/.test(now.bytes); depth++) {
    const next = undone(now);
    if (next.bytes === now.bytes) break;
    now = next;
  }
  return folded(now);
}

function bytesOf(text: string): Spelled {
  const bytes = Buffer.from(text);
  const from = new Uint32Array(bytes.length);
  const to = new Uint32Array(bytes.length);
  let at = 0;
  for (let unit = 0; unit < text.length; ) {
    const code = text.codePointAt(unit) ?? 0;
    const units = code > 0xffff ? 2 : 1;
    const end = at + (code < 0x80 ? 1 : code < 0x800 ? 2 : code > 0xffff ? 4 : 3);
    for (; at < end; at++) {
      from[at] = unit;
      to[at] = unit + units;
    }
    unit += units;
  }
  return { bytes: bytes.toString("latin1"), from, to };
}

/** Undoes each escape once. */
function undone({ bytes, from, to }: Spelled): Spelled {
  const parts: string[] = [];
  const [starts, ends] = [new Uint32Array(bytes.length), new Uint32Array(bytes.length)];
  let [read, written] = [0, 0];
  const copy = (until: number) => {
    parts.push(bytes.slice(read, until));
    starts.set(from.subarray(read, until), written);
    ends.set(to.subarray(read, until), written);
    written += until - read;
  };
  for (const match of bytes.matchAll(escapes)) {
    const end = match.index + match[0].length;
    const meant = meaningOf(match);
    copy(match.index);
    parts.push(meant);
    starts.fill(from[match.index] ?? 0, written, written + meant.length);
    ends.fill(to[end - 1] ?? 0, written, written + meant.length);
    written += meant.length;
    read = end;
  }
  copy(bytes.length);
  return { bytes: parts.join(""), from: starts.subarray(0, written), to: ends.subarray(0, written) };
}

/** The bytes that an escape stands for, which are never more than it has itself. */
function meaningOf([, percent, hex, unicode, entity, decimal, name, sign]: RegExpExecArray): string {
  const byte = percent ?? hex;
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16));
  if (name !== undefined) return named[name.toLowerCase()] ?? "";
  if (sign !== undefined) return sign;
  const point = unicode ?? entity;
  if (point === undefined && decimal === undefined) return "";
  const code = point === undefined ? Number(decimal) : Number.parseInt(point, 16);
  return code > 0x10ffff ? "" : Buffer.from(String.fromCodePoint(code)).toString("latin1");
}

/** What each byte counts as; 0 is left out. Line ends are, and what encodings write differently is alike. */
const alike = Uint8Array.from({ length: 256 }, (_, byte) => {
  const sign = String.fromCharCode(byte);
  if ("\r\n\t".includes(sign)) return 0;
  if ("- ".includes(sign)) return 43;
  if (sign === "_") return 47;
  return /[A-Z]/.test(sign) ? byte + 32 : byte;
});

function folded({ bytes, from, to }: Spelled): Spelled {
  const all = Buffer.from(bytes, "latin1");
  const [starts, ends] = [new Uint32Array(all.length), new Uint32Array(all.length)];
  let kept = 0;
  for (let i = 0; i < all.length; i++) {
    const byte = alike[all[i] ?? 0] ?? 0;
    if (byte === 0) continue;
    all[kept] = byte;
    starts[kept] = from[i] ?? 0;
    ends[kept++] = to[i] ?? 0;
  }
  return { bytes: all.toString("latin1", 0, kept), from: starts.subarray(0, kept), to: ends.subarray(0, kept) };
}

/** How these bytes are found in what was read so: as they are, in hexadecimal, and in Base64 wherever in a longer text it began. */
export function spellingsOf(text: string): Spelling[] {
  const bytes = Buffer.from(text);
  const plain = [spelled(text).bytes, bytes.toString("hex")].map((sought) => ({ sought, before: 0, after: 0 }));
  const encoded = [0, 1, 2].map((before) => {
    const bits = 8 * (before + bytes.length);
    // Of the characters at both ends only some bits are ours: they are not sought, and blotted out all the same.
    const own = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const sought = spelled(own.slice(Math.ceil((8 * before) / 6), Math.floor(bits / 6))).bytes;
    return { sought, before: before > 0 ? 1 : 0, after: bits % 6 > 0 ? 1 : 0 };
  });
  return [...plain, ...encoded];
}

/** What is looked for, and how many characters of Base64 before and after it belong to it. */
export interface Spelling {
  readonly sought: string;
  readonly before: number;
  readonly after: number;
}
