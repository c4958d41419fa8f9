import { expect } from "vitest";
import { type Kill, Steadfast, until } from "../../support/steward-process.ts";
import { freshHome, type Kind, lookInto, removeHome } from "./homes.ts";
import { wholeness } from "./wholeness.ts";

interface Message {
  readonly id: string;
  readonly thread: string | null;
  readonly text: string;
  readonly card?: {
    readonly title: string;
    readonly buttons: readonly { readonly token?: string; readonly label: string }[];
  };
}

const place = { service: "checkout", environment: "production" };
/** That the trial company's alert is over, told before its own alerting sees it. */
const resolved = {
  version: "4",
  groupKey: '{}:{environment="production", service="checkout"}',
  status: "resolved",
  alerts: [
    {
      status: "resolved",
      labels: { alertname: "HighErrorRate", ...place, severity: "critical" },
      startsAt: "2026-05-01T12:00:00Z",
      fingerprint: "told-by-hand",
    },
  ],
};

/**
 * An incident over HTTP with a process that kills itself on the way: checkout breaks, the cause is found, ben approves the
 * rollback, the alert ends, the report is posted. Then everything is looked at. Returns whether the process was killed.
 */
export async function incidentJourney(kind: Kind, kill: Kill | null): Promise<boolean> {
  const home = await freshHome(kind);
  const steward = await Steadfast.start(home, kill ? { kill } : {});
  let seen: Message[] = [];
  const messages = async (channel: string) => {
    const found = (await steward.ask("ben", "GET", `/api/chat/${channel}/messages`)).body.messages as Message[];
    seen = [...seen, ...found];
    return found;
  };
  try {
    const broken = await steward.ask("ana", "POST", "/api/trial/break", { ...place, fault: "bad-deploy" });
    expect(broken.status, JSON.stringify(broken.body)).toBe(200);
    const token = await until(
      "a card to press in #approvals",
      90_000,
      async () =>
        (await messages("approvals"))
          .flatMap(({ card }) => card?.buttons ?? [])
          .find(({ label }) => label === "Approve")?.token,
    );
    const pressed = await steward.ask("ben", "POST", "/api/chat/presses", { token }, "press");
    expect([pressed.status, pressed.body.outcome]).toEqual([200, "approved"]);
    await until("the rollback", 60_000, async () => {
      const { services } = (await steward.ask("ana", "GET", "/api/trial")).body;
      return services.some(
        (one: { name: string; environment: string; fault: string | null }) =>
          one.name === place.service && one.environment === place.environment && one.fault === null,
      );
    });
    expect((await steward.ask("ana", "POST", "/api/webhooks/alertmanager", resolved)).status).toBe(202);
    const over = await until("the end, and its report", 150_000, async () => {
      const ops = await messages("ops");
      return ops.some(({ text }) => text.startsWith("It is over:")) && ops;
    });
    expect(over.filter(({ thread }) => thread === null).map(({ card }) => card?.title)).toEqual([
      "HighErrorRate: checkout in production",
    ]);
    expect(over.filter(({ card }) => card?.title.startsWith("Report on"))).toHaveLength(1);
    expect((await steward.ask("cara", "GET", "/api/audit/verify")).body).toMatchObject({ ok: true });
    expect(await steward.stop()).toEqual({ code: 0, signal: null });
    await lookInto(home, async (query) => {
      await wholeness(query);
      expect(
        await query("select state, count(*)::int as n from steward.actor where machine = 'plan' group by state"),
      ).toEqual([{ state: "completed", n: 1 }]);
      expect(
        await query(
          "select kind, result is not null as finished from steward.trial_operation where kind = 'services.rollback'",
        ),
      ).toEqual([{ kind: "services.rollback", finished: true }]);
      expect(
        await query(
          "select count(*)::int as n from steward.trial_deploy where service = 'checkout' and change = 'rollback'",
        ),
      ).toEqual([{ n: 1 }]);
    });
    return steward.kills.length > 0;
  } catch (error) {
    const texts = [...new Map(seen.map((message) => [message.id, message.text])).values()];
    throw new Error(`${(error as Error).message}\n${texts.join("\n")}\n${steward.process.log()}`, { cause: error });
  } finally {
    await steward.process.end("SIGKILL");
    await removeHome(home);
  }
}
