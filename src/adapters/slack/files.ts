import { Fault } from "../../domain/fault.ts";
import type { Picture, PictureRef } from "../../domain/picture.ts";
import type { Memory } from "../../messages/platform.ts";
import { type SlackApi, slackWord } from "./api.ts";

/** All three calls of an upload: the message it belongs to still has to be sent in time. */
const patienceMs = 5000;
/** How often a message waits for Slack to have looked at its picture, each time a second longer. */
const waitsMost = 3;

/** Pictures as files of Slack's, which messages refer to. */
export interface SlackFiles {
  /** The file's id; uploaded once, however often it is shown. Throws Fault "platform-refused" where it cannot be had, whatever the reason. */
  fileOf(ref: PictureRef, picture: Picture, signal: AbortSignal): Promise<string>;
  /**
   * Sends a message that shows a file. Slack takes a file before it has looked at it, and refuses messages with it until then:
   * that is for later, some times.
   * https://github.com/slackapi/node-slack-sdk/issues/1865
   */
  whenSeen<T>(file: string, send: () => Promise<T>): Promise<T>;
}

export function createFiles({
  api,
  apiUrl,
  memory,
  tenant,
  onError,
}: {
  readonly api: SlackApi;
  readonly apiUrl: string;
  readonly memory: Memory;
  readonly tenant: string;
  onError(error: Error): void;
}): SlackFiles {
  const waits = new Map<string, number>();

  async function upload({ alt }: PictureRef, { image }: Picture, signal: AbortSignal): Promise<string> {
    const asked = { filename: "figures.png", length: image.length, alt_txt: alt };
    const { upload_url: url, file_id: id } = await api.call((slack) => slack.files.getUploadURLExternal(asked), signal);
    if (!url || !id || !isSlacks(url, apiUrl))
      throw new Fault("platform-refused", "Slack named no place of its own to upload a picture to");
    const sent = await fetch(url, { method: "POST", body: new Uint8Array(image), signal, redirect: "error" });
    if (!sent.ok) throw new Fault("platform-refused", `Slack answered ${sent.status} when a picture was uploaded`);
    await api.call(
      (slack) => slack.files.completeUploadExternal({ files: [{ id, title: alt.slice(0, 100) }] }),
      signal,
    );
    return id;
  }

  return {
    async fileOf(ref, picture, signal) {
      const key = `picture:${ref.artifact}`;
      const known = await memory.recall(tenant, key);
      if (known !== null) return known;
      try {
        const id = await upload(ref, picture, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]));
        await memory.keep(tenant, key, id);
        return id;
      } catch (error) {
        const fault = new Fault("platform-refused", "Slack did not take a picture; its message is shown in words", {
          cause: error,
          undone: true,
        });
        onError(fault);
        throw fault;
      }
    },

    async whenSeen(file, send) {
      try {
        const sent = await send();
        waits.delete(file);
        return sent;
      } catch (error) {
        const waited = waits.get(file) ?? 0;
        if (slackWord(error) !== "invalid_blocks" || waited >= waitsMost) throw error;
        waits.set(file, waited + 1);
        throw new Fault("platform-busy", "Slack is still looking at a picture", {
          cause: error,
          retryAfterMs: 1000 * (waited + 1),
          undone: true,
        });
      }
    },
  };
}

/** Where we upload to is the host of the API, or one of Slack's. */
function isSlacks(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, hostname } = new URL(url);
  return host === new URL(apiUrl).host || (protocol === "https:" && hostname.endsWith(".slack.com"));
}
