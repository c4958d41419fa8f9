import { randomBytes } from "node:crypto";
import type { Block } from "./shapes.ts";

/** A file as Slack keeps it. */
export interface File {
  readonly id: string;
  readonly length: number;
  readonly alt: string;
  bytes: Buffer | null;
  /** Uploaded and completed; only then may a block refer to it. */
  completed: boolean;
  /** How many messages with it are refused until Slack has looked at it. */
  unseen: number;
}

/** Uploads in three calls: ask for a place, send the bytes there, say that it is whole. https://docs.slack.dev/messaging/working-with-files */
export class Files {
  readonly all = new Map<string, File>();
  readonly #places = new Map<string, File>();
  /** How many messages with a new file are refused. */
  slowness = 0;
  /** The place for uploads answers with this status instead. */
  uploadStatus: number | null = null;

  /** A place to upload to, by its path. */
  ask(length: number, alt: string): { readonly file: File; readonly path: string } {
    const id = `F${randomBytes(5).toString("hex").toUpperCase()}`;
    const file: File = { id, length, alt, bytes: null, completed: false, unseen: this.slowness };
    const path = `/upload/v1/${randomBytes(12).toString("hex")}`;
    this.all.set(id, file);
    this.#places.set(path, file);
    return { file, path };
  }

  /** The bytes of an upload; the status Slack answers with. A place is good for once. */
  receive(path: string, bytes: Buffer): number {
    const file = this.#places.get(path);
    this.#places.delete(path);
    if (this.uploadStatus !== null) return this.uploadStatus;
    if (file === undefined) return 404;
    if (bytes.length !== file.length) return 400;
    file.bytes = bytes;
    return 200;
  }

  complete(id: string): boolean {
    const file = this.all.get(id);
    if (file?.bytes == null) return false;
    file.completed = true;
    return true;
  }

  /** What Slack says of image blocks whose file it does not have, or has not looked at yet. */
  problemsOf(blocks: readonly Block[]): string[] {
    return blocks.flatMap((block, at) => {
      if (block.type !== "image") return [];
      const file = this.all.get(block.slack_file?.id ?? "");
      if (file?.completed && file.unseen === 0) return [];
      if (file?.completed) file.unseen--;
      return [`[ERROR] invalid slack file [json-pointer:/blocks/${at}/slack_file]`];
    });
  }
}
