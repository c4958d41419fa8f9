import { crc32, deflateSync } from "node:zlib";

/** Sixteen shades of red, green and blue are told apart. */
const coarse = Uint8Array.from({ length: 256 }, (_, shade) => Math.round(shade / 17) * 17);

/**
 * An opaque image as PNG with a palette: for drawings of lines about a third of the size in full colour, which matters
 * where a picture travels inside a message. `pixels` holds four bytes each: red, green, blue, opacity. Of its colours the
 * `most` frequent are kept, and the others become the nearest of these; with 16 two pixels share a byte.
 * https://www.w3.org/TR/png-3/
 */
export function pngOf(
  { pixels, width, height }: { readonly pixels: Uint8Array; readonly width: number; readonly height: number },
  most: 16 | 64 = 64,
): Buffer {
  const colours = new Uint32Array(width * height);
  const often = new Map<number, number>();
  for (let i = 0; i < colours.length; i++) {
    const colour =
      ((coarse[pixels[4 * i] ?? 0] ?? 0) << 16) |
      ((coarse[pixels[4 * i + 1] ?? 0] ?? 0) << 8) |
      (coarse[pixels[4 * i + 2] ?? 0] ?? 0);
    colours[i] = colour;
    often.set(colour, (often.get(colour) ?? 0) + 1);
  }
  const ranked = [...often].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const palette = ranked.slice(0, most);
  const placeOf = new Map(ranked.map((colour) => [colour, nearest(palette, colour)]));
  const each = most === 16 ? 2 : 1;
  const length = 1 + Math.ceil(width / each);
  // Every row begins with a byte that says it is written as it is.
  const rows = Buffer.alloc(length * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * length + 1 + Math.floor(x / each);
      const place = placeOf.get(colours[y * width + x] ?? 0) ?? 0;
      rows[at] = (rows[at] ?? 0) | (place << (each === 2 && x % 2 === 0 ? 4 : 0));
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Bits of a pixel, each the number of a colour; nothing else out of the ordinary.
  header.set([8 / each, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => [...partsOf(colour)]))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function nearest(palette: readonly number[], colour: number): number {
  const far = palette.map((one) =>
    partsOf(one).reduce((sum, part, i) => sum + (part - (partsOf(colour)[i] ?? 0)) ** 2, 0),
  );
  return far.indexOf(Math.min(...far));
}

function partsOf(colour: number): readonly [number, number, number] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
