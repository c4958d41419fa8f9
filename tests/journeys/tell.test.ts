import { describe, expect, test } from "vitest";
import { oneBase, startWorld, type World } from "../support/world.ts";
import { alertOf, breaks, field, incidents, notificationOf, tell } from "./incident-world.ts";

/** What Steward said at the top of a channel. */
const said = async (world: World, channel: string) =>
  (await world.ana.sees(channel)).filter(({ from, thread }) => from === "steward" && thread === null);

const thread = (world: World, wanted: RegExp) =>
  world.eventually(async () => expect(await world.thread()).toContainEqual(expect.stringMatching(wanted)));

describe.each(oneBase)("a message is drafted, on %s", (database) => {
  test("from what is on record, and sent when whoever asked says so", async () => {
    await using world = await startWorld({ database });
    await world.ana.says("restart checkout in production", { in: "ops" });
    await world.ben.presses("Approve");
    await thread(world, /instances running/);

    await world.ana.says("@steward draft a message to #billing about the checkout restart", { in: "ops" });
    const words =
      /^R-\w{6}, restart checkout in production: it is done\. Ben approved: Restart checkout in production, one instance at a time\.$/;
    await thread(world, words);
    expect(await said(world, "billing")).toEqual([]);
    // It is for whoever asked to say.
    await world.eve.says("send it", { in: "ops", inThread: true });
    await world.ana.presses("Send");
    await thread(world, /^Sent to #billing\.$/);
    const [told, ...more] = await world.eventually(async () => {
      const found = await said(world, "billing");
      expect(found).not.toEqual([]);
      return found;
    });
    expect(more).toEqual([]);
    expect(told?.text).toMatch(words);
    expect(told?.card?.fields).toEqual([{ label: "Sent for", value: "Ana" }]);

    await world.ana.says("@steward draft a message to #billing about our new coffee machine", { in: "ops" });
    await thread(world, /^Please note: our new coffee machine\.$/);
    await world.ana.presses("Do not send");
    await thread(world, /^Nothing was sent\.$/);
    // What somebody asked for is no outage, and a service's name alone does not say which run is meant.
    for (const about of ["the checkout outage", "checkout"]) {
      await world.ana.says(`@steward draft a message to #billing about ${about}`, { in: "ops" });
      await thread(world, new RegExp(`^Please note: ${about}\\.$`));
      await world.ana.presses("Do not send");
      await thread(world, /^Nothing was sent\.$/);
    }
    await world.ana.says("@steward draft a message to #nowhere about the demo", { in: "ops" });
    await thread(world, /no channel/);
    expect(await said(world, "billing")).toHaveLength(1);

    // A member tells a channel that is nobody's audience, and a guest none.
    await world.ana.says("@steward tell general: the demo has begun", { in: "ops" });
    await thread(world, /^#general was told/);
    await world.eve.says("@steward tell general: we lost all your data", { in: "ops" });
    await world.eventually(async () =>
      expect(await world.thread("eve")).toContainEqual(expect.stringMatching(/Guests may only look and ask questions/)),
    );
    await world.ana.says("@steward tell support: we lost all your data", { in: "ops" });
    await thread(world, /write “draft a message to #support about …”/);
    expect((await said(world, "general")).map(({ text }) => text)).toEqual(["Ana says: the demo has begun"]);
    expect(await said(world, "support")).toEqual([]);

    // An audience is shown before it is told: who that is, and where it reaches them.
    await world.ana.says("@steward tell all the managers that checkout is back", { in: "ops" });
    await thread(world, /^checkout is back$/);
    const shown = (await world.ana.sees("ops")).findLast(({ card }) => card?.title === "A message to managers");
    expect(shown?.card?.fields).toEqual(
      expect.arrayContaining([
        { label: "Goes to", value: "everybody with the role manager, each alone" },
        { label: "Read by", value: "Cara" },
      ]),
    );
    await world.ana.presses("Send");
    await thread(world, /^Sent to everybody with the role manager, each alone\.$/);
    await world.eventually(async () =>
      expect((await world.cara.sees("general")).at(-1)).toMatchObject({ text: "checkout is back", private: true }),
    );
    await world.ana.says("@steward tell auditors: checkout is back", { in: "ops" });
    await thread(world, /^There is no channel or audience called "auditors"\. .* managers, customers, on-call\.$/);

    // Customers are not written to by one person alone, and never of what is inside.
    await world.ana.says("@steward draft a message to #support about the checkout restart", { in: "ops" });
    await thread(world, /^This is done: restart checkout in production\.$/);
    await world.ana.says("reword it to Checkout was away for a minute. It is back.", { in: "ops", inThread: true });
    expect(await world.ana.presses("Send", { in: "approvals" })).toMatchObject({ status: 403 });
    expect(await said(world, "support")).toEqual([]);
    expect(await world.ben.presses("Send", { in: "approvals" })).toMatchObject({ status: 200 });
    await thread(world, /^Sent to #support, in your words\.$/);
    await world.eventually(async () =>
      expect((await said(world, "support")).map(({ text }) => text)).toEqual([
        "Checkout was away for a minute. It is back.",
      ]),
    );
  });
});

describe.each(oneBase)("customers who were told of a problem, on %s", (database) => {
  const support = async (world: World) => (await said(world, "support")).map(({ text }) => text);
  const problem = (service: string) => expect.stringMatching(new RegExp(`^We have a problem with ${service}: `));
  const end = (service: string) => `The problem with ${service} is over. We are sorry for the trouble.`;

  /** The newest incident of a service, and what its thread holds. */
  const of = (world: World, service: string) =>
    world.eventually(async () => {
      const found = (await incidents(world)).findLast(({ card }) => card.card?.title.includes(`: ${service} in `));
      expect(found).toBeDefined();
      return found as NonNullable<typeof found>;
    });
  const reads = (world: World, service: string, text: RegExp) =>
    world.eventually(async () =>
      expect((await of(world, service)).thread.map((message) => message.text)).toContainEqual(
        expect.stringMatching(text),
      ),
    );
  /** Something is broken, and customers are told of it. */
  const told = async (world: World, service: string, fault: string) => {
    await breaks(world, service, fault);
    await world.eventually(async () =>
      expect(await world.ben.presses("Send", { in: "approvals" })).toMatchObject({ status: 200 }),
    );
    await world.eventually(async () => expect((await support(world)).at(-1)).toEqual(problem(service)));
  };
  const closes = async (world: World, service: string) => {
    const { card } = await of(world, service);
    await world.ben.says(`/steward solved ${field(card, "Incident")}`, { in: "ops" });
    await reads(world, service, /^Closed by Ben; the alert is /);
  };

  test("read that it is over when it is, whoever closed the incident, and nothing of it before", async () => {
    await using world = await startWorld({ database });
    // Closed while it fires.
    await told(world, "billing", "cert-expired");
    await closes(world, "billing");
    const left = /^Customers were told of the problem with billing, and I have not told them that it is over\./;
    await reads(world, "billing", left);
    expect(await support(world)).toEqual([problem("billing")]);
    await world.eventually(async () =>
      expect((await world.cara.sees("general")).at(-1)?.text).toMatch(
        /it was closed by Ben at .*, while the alert still fired\./,
      ),
    );
    // What is drafted of it then does not say so either.
    await world.ben.says("@steward draft a message to #support about the billing incident", { in: "general" });
    await world.eventually(async () => expect(await world.thread("ben")).toContainEqual(problem("billing")));
    await world.ben.presses("Do not send");

    // Whoever sees it end says so with the button there: the words are shown first, and put to people as ever.
    expect(await world.ben.presses("It is over", { in: "ops" })).toMatchObject({ status: 202 });
    const words = () => world.ben.sees("ops").then((all) => all.findLast(({ text }) => text === end("billing")));
    await world.eventually(async () => expect((await words())?.card?.title).toBe("A message to customers"));
    expect(await support(world)).toEqual([problem("billing")]);

    // When the alert ends its thread says so.
    const over = (service: string) => ({
      ...notificationOf(service, [alertOf(service, 0, { status: "resolved" })]),
      groupKey: `{}:{environment="production", service="${service}"}`,
    });
    await tell(world, over("billing"));
    await reads(world, "billing", /^Alertmanager tells that this has ended\.$/);

    // The alert says that it has ended, and the figures say otherwise.
    await told(world, "search", "cert-expired");
    await tell(world, over("search"));
    await world.eventually(async () => expect(field((await of(world, "search")).card, "State")).toBe("resolved"));
    await closes(world, "search");
    await reads(world, "search", /^Customers were told of the problem with search, and I have not told them/);
    expect((await support(world)).slice(1)).toEqual([problem("search")]);

    // Closed when both have ended.
    const mends = async (service: string) =>
      expect(await world.ana.post("/api/trial/mend", { service, environment: "production" })).toMatchObject({
        status: 200,
      });
    await mends("billing");
    await told(world, "checkout", "bad-deploy");
    await mends("checkout");
    await world.passes("2m");
    await reads(world, "checkout", /The alert has ended; waiting whether it stays so\.$/);
    await closes(world, "checkout");
    await world.eventually(async () => expect((await support(world)).at(-1)).toBe(end("checkout")));
    expect((await support(world)).slice(2)).toEqual([problem("checkout"), end("checkout")]);
  });
});
