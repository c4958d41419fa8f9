import { z } from "zod";
import type { Json } from "./json.ts";
import { cleanText } from "./text.ts";

/** Where a picture is and what it shows: a card holds this, never the picture. */
export interface PictureRef {
  /** The id of the artifact that keeps it. Only the run that made it may show it. */
  readonly artifact: string;
  /** What it shows, in words that stand alone. */
  readonly alt: string;
  /** How large it is on a page, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** A picture as its artifact keeps it. Both images are PNG. */
export interface Picture extends Omit<PictureRef, "artifact"> {
  /** Sharp on every screen: twice as many pixels each way. */
  readonly image: Buffer;
  /** Small enough to travel inside a message. */
  readonly small: Buffer;
}

/** Characters of the words beside a picture: Discord takes 1024. */
const altLongest = 1000;
/** Bytes of one image in base64. */
const imageLongest = 400_000;

const size = z.int().min(1).max(4000);
const shown = { alt: z.string().min(1).max(altLongest), width: size, height: size };
const Ref = z.object({ artifact: z.uuid(), ...shown });
/** A picture as JSON: what a tool returns and an artifact holds. The images are PNG in base64. */
export const PictureJson = z.object({
  ...shown,
  image: z.base64().max(imageLongest),
  small: z.base64().max(imageLongest),
});

/** What a tool that draws keeps apart: the images, with what a card says about them beside the reference. */
export const pictureApart = { picture: ["alt", "width", "height"] } as const;

/** The picture a value refers to, or null: it may come from anywhere, and only who reads the artifact finds out whose it is. */
export function pictureRefIn(value: Json): PictureRef | null {
  const ref = Ref.safeParse(value).data;
  return ref === undefined ? null : { ...ref, alt: cleanText(ref.alt) };
}

/** The picture that an artifact's body holds; null when it holds something else. */
export function pictureIn(body: string): Picture | null {
  const kept = PictureJson.safeParse(JSON.parse(body)).data;
  if (kept === undefined) return null;
  const [image, small] = [kept.image, kept.small].map((text) => Buffer.from(text, "base64"));
  return image && small && isPng(image) && isPng(small) ? { ...kept, image, small } : null;
}

function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(signature);
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
