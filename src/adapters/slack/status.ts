import type { SlackApi } from "./api.ts";

/** What stands under a direct message while it is worked on. */
export interface Status {
  /** Shows that it is being worked on, until something is posted there. */
  working(channel: string, thread: string): Promise<void>;
  /** Something is posted there now. */
  answered(channel: string, thread: string): void;
}

/**
 * Slack takes a status away with our next message in its thread. A status that arrives after that message would stay for
 * minutes, so one that was overtaken is taken away again.
 */
export function createStatus(api: SlackApi): Status {
  const underWay = new Map<string, { overtaken: boolean }>();
  return {
    async working(channel, thread) {
      const name = `${channel} ${thread}`;
      const it = { overtaken: false };
      underWay.set(name, it);
      const show = (status: string) =>
        api.call((slack) => slack.assistant.threads.setStatus({ channel_id: channel, thread_ts: thread, status }));
      try {
        await show("is working on it…");
        if (it.overtaken) await show("");
      } finally {
        if (underWay.get(name) === it) underWay.delete(name);
      }
    },
    answered(channel, thread) {
      const it = underWay.get(`${channel} ${thread}`);
      if (it) it.overtaken = true;
    },
  };
}
