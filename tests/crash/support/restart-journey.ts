import { expect } from "vitest";
import type { Kill } from "../../support/steward-process.ts";
import { Steadfast, until } from "../../support/steward-process.ts";
import { freshHome, type Kind, lookInto, removeHome } from "./homes.ts";
import { wholeness } from "./wholeness.ts";

interface Message {
  readonly text: string;
  readonly card?: {
    readonly title: string;
    readonly buttons: readonly { readonly token?: string; readonly style: string }[];
    readonly outcome?: string;
  };
}

const partsText = "/steward all of: restart checkout in production + then tell billing: it is up again";

/**
 * The first journey over HTTP with a process that kills itself on the way: ana asks for a restart in production, presses
 * approve herself and is refused, ben approves, the run ends. The clients repeat what was not answered, under the same
 * keys. Then everything is looked at. Returns whether the process was killed. With `inParts` #billing is to be told once the
 * restart is over.
 */
export async function restartJourney(kind: Kind, kill: Kill | null, count?: string, inParts = false): Promise<boolean> {
  const home = await freshHome(kind);
  const steward = await Steadfast.start(home, { ...(kill ? { kill } : {}), ...(count ? { count } : {}) });
  let seen: Message[] = [];
  try {
    const asked = await steward.ask(
      "ana",
      "POST",
      "/api/chat/ops/messages",
      { text: inParts ? partsText : "/steward restart checkout in production" },
      "ask",
    );
    expect(asked.status, JSON.stringify(asked.body)).toBe(202);
    const messages = async (channel: string) =>
      (await steward.ask("ben", "GET", `/api/chat/${channel}/messages`)).body.messages as Message[];
    const token = await until(
      "a card to press in #approvals",
      60_000,
      async () =>
        (await messages("approvals"))
          .flatMap((message) => message.card?.buttons ?? [])
          .find((button) => button.style === "primary")?.token,
    );
    const own = await steward.ask("ana", "POST", "/api/chat/presses", { token }, "own-press");
    expect([own.status, own.body.because]).toEqual([403, "own-request"]);
    const pressed = await steward.ask("ben", "POST", "/api/chat/presses", { token }, "press");
    expect([pressed.status, pressed.body.outcome]).toEqual([200, "approved"]);
    await until("the reply in the thread and the cards without buttons", 60_000, async () => {
      const [ops, approvals] = [await messages("ops"), await messages("approvals")];
      seen = [...ops, ...approvals];
      const cards = seen.filter((message) => message.card?.title.startsWith("Approve"));
      return (
        seen.some((message) => message.text.startsWith(inParts ? "1. restart checkout in production: " : "checkout")) &&
        cards.length === 2 &&
        cards.every((message) => message.card?.buttons.length === 0)
      );
    });
    const verified = await steward.ask("cara", "GET", "/api/audit/verify");
    expect(verified.body).toMatchObject({ ok: true });
    const runs = await steward.ask("ana", "GET", "/api/runs");
    expect(runs.body.runs.map((run: { state: string }) => run.state)).toEqual(["completed"]);
    // Killed between showing and noting, the message is noted when the dead courier's lease is over.
    await until("all that was shown is noted", 60_000, async () => {
      expect(await steward.stop()).toEqual({ code: 0, signal: null });
      const left = "select 1 from steward.message where wanted_version <> shown_version";
      if ((await lookInto(home, (query) => query(left))).length === 0) return true;
      await steward.again();
      return null;
    });
    await lookInto(home, async (query) => {
      await wholeness(query);
      const told =
        "select 1 from steward.message m join steward.conversation c on c.id = m.conversation_id where c.channel = 'billing'";
      expect(await query(told)).toHaveLength(inParts ? 1 : 0);
      expect(
        await query(
          "select source, delivery_key, outcome is not null as settled from steward.inbox order by received_at, id",
        ),
      ).toEqual([
        { source: "web", delivery_key: asked.body.id, settled: true },
        { source: "web-press", delivery_key: expect.stringMatching(/^ana:own-press:[0-9a-f]{64}$/), settled: true },
        { source: "web-press", delivery_key: expect.stringMatching(/^ben:press:[0-9a-f]{64}$/), settled: true },
      ]);
      expect(await query("select person_id, decision from steward.vote")).toEqual([
        { person_id: "ben", decision: "approve" },
      ]);
      expect(await query("select kind, progress, result is not null as finished from steward.trial_operation")).toEqual(
        [{ kind: "services.restart", progress: 3, finished: true }],
      );
      expect(
        await query(
          "select number, status, restarts from steward.trial_instance where service = 'checkout' and environment = 'production' order by number",
        ),
      ).toEqual([1, 2, 3].map((number) => ({ number, status: "running", restarts: 1 })));
      expect(
        await query(
          "select count(*)::int as ends from steward.audit where entry::json->'data'->>'to' = 'completed' and entry::json->'data'->>'from' <> 'completed'",
        ),
      ).toEqual([{ ends: 1 }]);
    });
    return steward.kills.length > 0;
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n${seen.map((message) => message.text).join("\n")}\n${steward.process.log()}`,
      { cause: error },
    );
  } finally {
    await steward.process.end("SIGKILL");
    await removeHome(home);
  }
}
