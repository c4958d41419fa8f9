import { expect } from "vitest";
import { compose } from "../../../src/compose.ts";
import { noChat } from "../../../src/config/chat-settings.ts";
import { newId } from "../../../src/domain/ids.ts";
import { doorsOf } from "../../../src/doors/doors.ts";
import { until } from "../../support/steward-process.ts";
import { moreDefinitions } from "./definitions.ts";
import { freshHome, lookInto } from "./homes.ts";
import { wholeness } from "./wholeness.ts";

const batch = 50;

/** Lets ben and bob press at the same moment, on this many gates: one of them decides, and what was approved is done once. */
export async function race(gates: number): Promise<void> {
  const home = await freshHome("postgres");
  const errors: Error[] = [];
  const steward = await compose(
    {
      port: 0,
      host: "127.0.0.1",
      databaseUrl: String(home["DATABASE_URL"]),
      dataDir: String(home["STEWARD_DATA_DIR"]),
      configFile: new URL("steward.yaml", import.meta.url).pathname,
      mode: "trial",
      model: null,
      ...noChat,
    },
    (error) => void errors.push(error),
    { definitions: moreDefinitions() },
  );
  const { tenant } = steward;
  const doors = doorsOf(steward);
  await steward.start();
  const person = async (id: string) => (await steward.person(id)) ?? expect.fail(`no ${id}`);
  const [ana, ben, bob] = await Promise.all([person("ana"), person("ben"), person("bob")]);
  const approved = new Set<string>();
  try {
    for (let from = 0; from < gates; from += batch) {
      const keys = Array.from({ length: Math.min(batch, gates - from) }, (_, i) => `r${from + i}`);
      await Promise.all(
        keys.map((key) =>
          doors.runs.startByName({ tenant, name: "asked-ticket", context: { key }, by: ana, keyId: null, key }),
        ),
      );
      const open = await until(`${keys.length} open gates`, 20_000, async () => {
        const all = await doors.reads.openGates(tenant);
        return all.length === keys.length && all;
      });
      await Promise.all(
        open.map(async ({ id: gateId, title }, i) => {
          const press = (by: typeof ben, answer: "approve" | "deny") =>
            doors.gates.decide({
              tenant,
              gateId,
              answer,
              person: by,
              values: answer === "deny" ? { reason: "not now" } : {},
              deliveryKey: newId(),
              surface: "web",
            });
          // Both approve, or one denies: in every order.
          const answers = [
            ["approve", "approve"],
            ["approve", "deny"],
            ["deny", "approve"],
            ["deny", "deny"],
          ][i % 4] as ("approve" | "deny")[];
          const outcomes = await Promise.all([press(ben, answers[0] ?? "deny"), press(bob, answers[1] ?? "deny")]);
          const decided = outcomes.filter((outcome) => outcome.kind === "decided");
          expect(decided.length, JSON.stringify(outcomes)).toBe(1);
          expect(outcomes.find((outcome) => outcome.kind !== "decided")).toMatchObject({ kind: "refused" });
          if (decided[0]?.kind === "decided" && decided[0].outcome === "approved")
            approved.add(title.replace(/^.* /, ""));
        }),
      );
    }
    await until("every run has ended", 60_000, async () =>
      lookInto(home, async (query) => (await query("select 1 from steward.actor where not done")).length === 0),
    );
    expect(await steward.verify()).toMatchObject({ ok: true });
    expect(errors).toEqual([]);
  } finally {
    await steward.stop();
  }
  await lookInto(home, async (query) => {
    // A denied run has ended as failed or cancelled; everything else holds as ever.
    await wholeness(query);
    expect((await query("select 1 from steward.vote")).length).toBe(gates);
    const tickets = await query<{ title: string }>(
      "select detail::json->>'title' as title from steward.trial_operation where kind = 'ticket'",
    );
    expect(tickets.map(({ title }) => title).sort()).toEqual([...approved].sort());
  });
}
