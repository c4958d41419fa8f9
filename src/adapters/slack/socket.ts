import { setTimeout as after } from "node:timers/promises";
import { SocketModeReceiver } from "@slack/bolt";
import { silent } from "./api.ts";

/** One thing Slack sent through the socket. What is not acknowledged comes again, here or on another replica. */
export interface Envelope {
  readonly payload: unknown;
  acknowledge(answer?: object): Promise<void>;
}

export interface SocketParts {
  readonly appToken: string;
  readonly apiUrl: string;
  readonly signal: AbortSignal;
  onEnvelope(envelope: Envelope): void;
  /** Called when a try has ended, well or not, and when a connection is gone. */
  onConnected(connected: boolean): void;
  onError(error: Error): void;
}

const firstWaitMs = 500;
const longestWaitMs = 30_000;
const timeoutMs = 10_000;
/** A socket that answers no ping for so long is gone. The package's 5 s cuts good ones while this process is busy. */
const deadAfterMs = 15_000;

/**
 * Holds a Socket Mode connection until `signal` is aborted. Slack replaces connections every few hours and drops them
 * now and then: a new one is opened at once, and where that fails, again and again with growing pauses. (The package's
 * own reconnecting ends in an unhandled rejection when Slack cannot be reached, so it is switched off.)
 */
export async function holdSocket(parts: SocketParts): Promise<void> {
  const { signal, onConnected, onError } = parts;
  for (let failures = 0; !signal.aborted; ) {
    const { client } = openClient(parts);
    const gone = new Promise<void>((resolve) => client.once("disconnected", () => resolve()));
    const leave = () => void client.disconnect().catch(onError);
    try {
      await client.start();
      failures = 0;
      onConnected(true);
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
      await gone;
      onConnected(false);
    } catch (error) {
      failures++;
      onConnected(false);
      onError(new Error(`Slack's Socket Mode cannot be reached (try ${failures})`, { cause: error }));
      const wait = Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs);
      await after(wait, undefined, { signal }).catch(() => {});
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }
}

function openClient({ appToken, apiUrl, onEnvelope }: SocketParts): SocketModeReceiver {
  const receiver = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: deadAfterMs,
    logger: silent,
    installerOptions: { clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: timeoutMs } },
  });
  receiver.client.on("slack_event", ({ ack, body }: { ack(answer?: object): Promise<void>; body: unknown }) =>
    onEnvelope({ payload: body, acknowledge: ack }),
  );
  return receiver;
}
