import { crc32, deflateSync } from "node:zlib";

/**
 * An opaque image as PNG with a palette: for drawings of lines about a third of the size in full colour, which matters
 * where a picture travels inside a message. `pixels` holds four bytes each: red, green, blue, opacity. Colours that differ
 * little are one; the `most` frequent are kept, the others become the nearest of these. With 16 two pixels share a byte.
 * https://www.w3.org/TR/png-3/
 */
export function pngOf(
  { pixels, width, height }: { readonly pixels: Uint8Array; readonly width: number; readonly height: number },
  most: 16 | 64 = 64,
): Buffer {
  const kinds = new Uint16Array(width * height);
  /** How often there is a kind of colour, and the sums of its red, green and blue: it is drawn in its mean. */
  const sums = new Map<number, [often: number, red: number, green: number, blue: number]>();
  for (let i = 0; i < kinds.length; i++) {
    const [red, green, blue] = [pixels[4 * i] ?? 0, pixels[4 * i + 1] ?? 0, pixels[4 * i + 2] ?? 0];
    const kind = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4);
    kinds[i] = kind;
    const sum = sums.get(kind);
    if (sum === undefined) sums.set(kind, [1, red, green, blue]);
    else {
      sum[0]++;
      sum[1] += red;
      sum[2] += green;
      sum[3] += blue;
    }
  }
  const ranked = [...sums].sort(([, [a]], [, [b]]) => b - a);
  const palette = ranked.slice(0, most).map(([, sum]) => meanOf(sum));
  const placeOf = new Map(ranked.map(([kind, sum]) => [kind, nearest(palette, meanOf(sum))]));
  const each = most === 16 ? 2 : 1;
  const length = 1 + Math.ceil(width / each);
  // Every row begins with a byte that says it is written as it is.
  const rows = Buffer.alloc(length * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * length + 1 + Math.floor(x / each);
      const place = placeOf.get(kinds[y * width + x] ?? 0) ?? 0;
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
    chunk("PLTE", Buffer.from(palette.flat())),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

type Colour = readonly [red: number, green: number, blue: number];

function meanOf([often, ...sums]: readonly [number, number, number, number]): Colour {
  const [red, green, blue] = sums.map((sum) => Math.round(sum / often)) as [number, number, number];
  return [red, green, blue];
}

function nearest(palette: readonly Colour[], [red, green, blue]: Colour): number {
  const far = palette.map(([r, g, b]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2);
  return far.indexOf(Math.min(...far));
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, "latin1"), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
