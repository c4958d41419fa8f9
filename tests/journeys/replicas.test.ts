import { expect, test } from "vitest";
import { startWorld } from "../support/world.ts";

test("two Stewards on one PostgreSQL: what is asked at one is approved at the other, done once and seen at both", async () => {
  await using world = await startWorld({ database: "postgres" });
  await using second = await world.another();
  const services = ["checkout", "billing", "search", "website"];
  for (const [n, service] of services.entries()) {
    const text = `restart ${service} in production`;
    const said =
      n % 2
        ? await world.ana.post("/api/chat/ops/messages", { text })
        : await second.ask("ana", "POST", "/api/chat/ops/messages", { text });
    expect(said).toMatchObject({ status: 202 });
  }
  const gates = await world.eventually(async () => {
    const found = (await second.ask("ben", "GET", "/api/gates")).body.gates as { id: string }[];
    expect(found).toHaveLength(services.length);
    return found;
  });
  // Both hear every press at the same time; one of them counts.
  for (const { id } of gates) {
    const pressed = await Promise.all([
      world.ben.post(`/api/gates/${id}/decision`, { decision: "approve" }),
      second.ask("ben", "POST", `/api/gates/${id}/decision`, { decision: "approve" }),
    ]);
    expect(pressed.map(({ status }) => status).sort()).toEqual([200, 403]);
  }
  await world.eventually(async () => {
    const { runs } = (await second.ask("cara", "GET", "/api/runs")).body;
    expect(runs.map((run: { state: string }) => run.state)).toEqual(services.map(() => "completed"));
  });
  const { services: after } = (await world.ana.get("/api/trial")).body;
  for (const { environment, instances } of after)
    expect(instances.map((instance: { restarts: number }) => instance.restarts)).toEqual(
      environment === "production" ? [1, 1, 1] : [0, 0],
    );
  await world.eventually(async () => {
    for (const channel of ["ops", "approvals"]) {
      const { messages } = (await second.ask("ana", "GET", `/api/chat/${channel}/messages`)).body;
      const cards = messages.filter((message: { card?: { title: string } }) =>
        message.card?.title.startsWith("Approve:"),
      );
      expect(cards).toHaveLength(services.length);
      for (const { card } of cards)
        expect(card).toMatchObject({ buttons: [], outcome: expect.stringMatching(/^Approved by Ben/) });
    }
  });
  expect(await world.steward.db.query("select distinct calls from steward.trial_operation")).toEqual([{ calls: 1 }]);
});
