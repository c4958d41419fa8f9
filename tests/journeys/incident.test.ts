import { describe, expect, test } from "vitest";
import type { ChatMessage } from "../../src/http/chat-port.ts";
import { oneBase, startWorld, type World } from "../support/world.ts";
import {
  alertOf,
  breaks,
  field,
  incident,
  incidents,
  notificationOf,
  reads,
  runs,
  serviceNow,
  staysOver,
  tell,
} from "./incident-world.ts";

/** The proposed action is put to people in the incident's thread. */
async function asks(world: World): Promise<string> {
  return world.eventually(async () => {
    const { thread } = await incident(world);
    const asked = thread.filter((message) => message.card?.title.startsWith("Approve:")).at(-1);
    const what = asked?.card?.fields.find(({ label }) => label === "What")?.value ?? "";
    // A restart has nothing to change; which version, or how many instances, is for whoever approves to say.
    const changes = what.includes("services.restart(") ? [] : ["Change and approve"];
    expect(asked?.card?.buttons.map(({ label }) => label)).toEqual(["Approve", ...changes, "Deny"]);
    return what;
  });
}

/** A message shows the figures: an image for whoever sees it, and words; nothing of the image is in messages or runs. */
async function isDrawn(world: World, message: ChatMessage | undefined): Promise<void> {
  const picture = message?.card?.picture;
  expect(picture?.alt).toMatch(
    /^Figures of checkout in production from .* Errors: now \d.* The alert began at .* 1\.4\.3 was deployed at /,
  );
  const fetched = await fetch(new URL(picture?.src ?? "/", world.url), {
    headers: { "x-steward-person": "eve" },
  });
  expect(fetched.headers.get("content-type")).toBe("image/png");
  const png = Buffer.from(await fetched.arrayBuffer());
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * (picture?.width ?? 0), 2 * (picture?.height ?? 0)]);
  expect((await fetch(new URL(picture?.src ?? "/", world.url))).status).toBe(401);
  const bytes = png.toString("base64").slice(100, 200);
  const kept = await world.steward.db.query<{ where: string }>(
    `select 'artifact' as where from steward.artifact where body like $1
     union all select 'message' from steward.message where wanted like $1
     union all select 'actor' from steward.actor where snapshot like $1`,
    [`%${bytes}%`],
  );
  expect(kept).toEqual([{ where: "artifact" }]);
}

/** Nobody is asked to tell customers of this run. */
const customersAreNotAsked = (world: World, id = "") =>
  world.eventually(async () => {
    const { steps } = (await world.cara.get(`/api/workflows/status/${id}`)).body;
    expect(steps).toContainEqual(expect.objectContaining({ id: "may-tell-customers", state: "skipped" }));
  });

/** The question whether to tell customers was put, and has ended by itself like this. */
const customersWereNotTold = (world: World, outcome: RegExp) =>
  world.eventually(async () => {
    const asked = (await incident(world)).thread.find((message) => message.card?.title.startsWith("Send:"));
    expect(asked?.card).toMatchObject({ buttons: [], outcome: expect.stringMatching(outcome) });
    expect((await world.ana.sees("support")).map(({ text }) => text)).toEqual([]);
  });

const ends = (world: World, state = "completed") =>
  world.eventually(async () => expect((await runs(world))[0]).toMatchObject({ state }));

const over = /^It is over: HighErrorRate of checkout in production is resolved\.$/;

describe.each(oneBase)("an incident, on %s", (database) => {
  test("from the alert to the report: gathered, explained, approved, done, watched", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "checkout", "bad-deploy");
    const { card } = await incident(world);
    expect(card.card?.title).toBe("HighErrorRate: checkout in production");
    expect([field(card, "State"), field(card, "Severity")]).toEqual(["firing", "critical"]);
    expect(await asks(world)).toBe(
      'Roll checkout in production back to version 1.4.2 [services.rollback(environment: "production", service: "checkout", toVersion: "1.4.2")]',
    );
    // A question is urgent: it may be posted before what was found.
    await reads(world, /^Very likely: /);
    const { thread } = await incident(world);
    const causes = thread.find((message) => message.card?.title === "What may be the cause");
    expect(causes?.text).toMatch(/^Very likely: version 1\.4\.3 of checkout, deployed by Ana/);
    // The headline has said the first cause: below it stands why.
    expect(causes?.card?.fields[0]).toMatchObject({
      label: expect.stringMatching(/^checkout, very likely$/),
      value: expect.stringMatching(/^Evidence: /),
    });
    await isDrawn(world, causes);
    const question = thread.find((message) => message.card?.title.startsWith("Approve:"));
    expect(question?.text).toMatch(
      /^Alertmanager asks for approval: roll back checkout in production because of HighErrorRate\./,
    );
    // What the analysis took from logs and figures may lie: whoever approves is told so.
    const outside = question?.card?.fields.find(({ label }) => label.startsWith("Came from outside"))?.value;
    expect(outside).toContain('services.rollback toVersion: "1.4.2"');
    expect(outside).toContain("From what the specialist analysis made of the alert “HighErrorRate” of Alertmanager");
    expect(await serviceNow(world, "checkout")).toMatchObject({ fault: "bad-deploy", version: "1.4.3" });

    // Where it is mirrored nobody has read the thread: the card says why.
    expect((question?.card?.fields ?? []).slice(1, 4)).toEqual([
      { label: "Cause", value: expect.stringMatching(/^Very likely: version 1\.4\.3 of checkout/) },
      { label: "Evidence", value: expect.stringMatching(/it began .* 1\.4\.3 was deployed/) },
      { label: "Incident", value: expect.stringMatching(/^R-\w{6}: /) },
    ]);

    expect(await world.eve.presses("Approve", { in: "approvals" })).toMatchObject({ status: 403 });
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
    await world.eventually(async () =>
      expect(await serviceNow(world, "checkout")).toMatchObject({ fault: null, version: "1.4.2" }),
    );
    // Whoever is not in the thread is told in words for them; customers only what somebody lets them be told.
    const told = (channel: string, who: "ana" | "cara" = "ana") =>
      world.eventually(async () => {
        const found = (await world[who].sees(channel)).filter((message) => message.from === "steward");
        expect(found).not.toEqual([]);
        return found;
      });
    const [toCara] = await told("general", "cara");
    expect(toCara).toMatchObject({ private: true });
    expect(toCara?.text).toMatch(
      /^R-\w{6}, look into HighErrorRate of checkout in production: it is under way, since .* UTC\. Very likely: version 1\.4\.3 of checkout/,
    );
    expect((await world.ana.sees("general")).filter(({ from }) => from === "steward")).toEqual([]);
    expect((await world.ana.sees("support")).map(({ text }) => text)).toEqual([]);
    expect(await world.eve.presses("Send", { in: "approvals" })).toMatchObject({ status: 403 });
    const reworded = "Paying may fail just now. We are on it.";
    const values = { "tell-customers.text": reworded };
    expect(await world.ben.presses("Change and send", { in: "approvals", values })).toMatchObject({ status: 200 });
    expect((await told("support")).map(({ text }) => text)).toEqual([reworded]);

    await world.passes("2m");
    await staysOver(world);
    await reads(world, over);
    await ends(world);
    await world.eventually(async () =>
      expect((await world.ana.sees("support")).map(({ text }) => text)).toEqual([
        reworded,
        "The problem with checkout is over. We are sorry for the trouble.",
      ]),
    );
    await world.eventually(async () =>
      expect((await world.cara.sees("general")).at(-1)?.text).toMatch(
        /HighErrorRate of checkout in production: it is over after \d+ .*Ben approved: Roll checkout/,
      ),
    );
    await world.eventually(async () =>
      expect(field((await incident(world)).card, "State")).toBe("closed; the alert is resolved"),
    );
    const closed = await incident(world);
    const report = closed.thread.find((message) => message.card?.title === "Report on HighErrorRate of checkout")?.text;
    expect(report).toMatch(/## Still open\n\nNothing\./);
    expect(field(closed.card, "Closed by")).toBeUndefined();
    expect(closed.card.text).toMatch(/^Closed\. It began with: /);
    expect(closed.thread.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        "Done: rollback of checkout in production. I watch whether it helps checkout.",
        "checkout in production looks well.",
      ]),
    );
    for (const said of [/version 1\.4\.3 of checkout/, /Ben/, /services\.rollback|[Rr]oll/])
      expect(report).toMatch(said);
  });

  test("forty alerts of one group at the same moment are one incident, and so is what is told later", async () => {
    await using world = await startWorld({ database });
    const other = database === "postgres" ? await world.another() : null;
    await using _ = other ?? { [Symbol.asyncDispose]: async () => undefined };
    const told = Array.from({ length: 40 }, (_each, n) => notificationOf("search", [alertOf("search", n)]));
    const answers = await Promise.all(
      told.map((body, n) =>
        other !== null && n % 2 === 1
          ? other.ask("ana", "POST", "/api/webhooks/alertmanager", body)
          : tell(world, body),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(202));
    // Forty turns of one run, half of them on another replica: on a busy machine that takes a while.
    const all = () => world.eventually(async () => expect(field((await incident(world)).card, "Notices")).toBe("40"));
    await all().catch(all);
    expect(await runs(world)).toHaveLength(1);
    // Sent again, since nobody heard the answer: known.
    for (let again = 0; again < 3; again++) expect(await tell(world, told[3])).toMatchObject({ status: 202 });
    // Three times within a minute is told once more; twice, should the minute have ended meanwhile.
    await world.eventually(async () => expect(["41", "42"]).toContain(field((await incident(world)).card, "Notices")));

    // The figures are good, so customers need not be told, and it only waits for the alert to end.
    await reads(
      world,
      /^The figures are as usual \(search in production: .*\): I see no trouble there\. .* On call now: Ben\./,
    );
    await customersAreNotAsked(world, (await runs(world))[0]?.id);
    await world.eventually(async () =>
      expect((await incident(world)).thread.map(({ text }) => text)).toContainEqual(
        expect.stringContaining("It looks well again; waiting for the alert to end."),
      ),
    );
    await tell(world, notificationOf("search", [alertOf("search", 0, { status: "resolved" })]));
    await staysOver(world);
    await ends(world);
    // A late copy of what fired begins nothing; firing anew does.
    await tell(world, told[7]);
    await tell(world, notificationOf("search", [alertOf("search", 0, { at: 3_600_000 })]));
    await world.eventually(async () => expect(await incidents(world)).toHaveLength(2));
    expect(await runs(world)).toHaveLength(2);
    // Closed while it fires, and told again later: it still does.
    const [, second] = await incidents(world);
    await world.ben.says(`/steward solved ${second && field(second.card, "Incident")}`, { in: "ops" });
    await ends(world);
    await world.passes("6m");
    await tell(world, notificationOf("search", [alertOf("search", 0, { at: 3_600_000 })]));
    await world.eventually(async () => expect(await incidents(world)).toHaveLength(3));
    // Each thread says where it went on, and the card what came before.
    const [, closed, third] = await incidents(world);
    expect(third && field(third.card, "Before")).toBe(closed && field(closed.card, "Incident"));
    expect(closed?.thread.map(({ text }) => text)).toContain(
      `Alertmanager tells of this again: ${third && field(third.card, "Incident")} goes on with it.`,
    );
  });

  test("is over before anybody approved: the question is withdrawn", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "checkout", "bad-deploy");
    await asks(world);
    expect(await world.ana.post("/api/trial/mend", { service: "checkout", environment: "production" })).toMatchObject({
      status: 200,
    });
    await world.passes("2m");
    await staysOver(world);
    await ends(world);
    await reads(world, over);
    await world.eventually(async () => {
      const { thread } = await incident(world);
      const asked = thread.find((message) => message.card?.title.startsWith("Approve:"));
      expect(asked?.card).toMatchObject({
        buttons: [],
        outcome: expect.stringMatching(/^Withdrawn: the alert ended at 20\d\d-/),
      });
    });
    await customersWereNotTold(world, /^Withdrawn: the alert ended at 20\d\d-/);
  });

  test("another alert of the same cause, or a person, asks for the same: one question and one deed are enough", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "checkout", "bad-deploy");
    await asks(world);
    const first = field((await incident(world)).card, "Incident");
    // In words, in its thread: the card is there.
    const { card } = await incident(world);
    await world.ana.post("/api/chat/ops/messages", { text: "@steward roll it back", thread: card.id });
    await world.eventually(async () =>
      expect((await world.ana.sees("ops")).map(({ text }) => text)).toContain(
        `That is what ${first} asks for already: Ben can approve it on its card. Nothing was begun.`,
      ),
    );
    expect(await runs(world)).toHaveLength(1);

    const latency = { ...notificationOf("checkout", [alertOf("checkout", 7)]), groupKey: '{}:{alertname="Latency"}' };
    await tell(world, latency);
    const second = await world.eventually(async () => {
      const other = (await incidents(world)).find((one) => field(one.card, "Incident") !== first);
      expect(other?.thread.map(({ text }) => text)).toContain(
        `${first} has come to the same, and its approval is open: nobody is asked here again. I watch whether it helps checkout in production.`,
      );
      return other;
    });
    expect(second?.thread.filter((message) => message.card?.title.startsWith("Approve:"))).toEqual([]);
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
    await world.eventually(async () => expect(await serviceNow(world, "checkout")).toMatchObject({ fault: null }));

    // Asked for by a person before an alert came to it: done once, the other question is pointless.
    await world.ana.says("@steward restart billing in production", { in: "general" });
    const own = await world.eventually(async () => {
      const asked = (await runs(world)).find(({ title }) => title === "restart billing in production");
      expect(asked).toMatchObject({ state: "waiting" });
      return asked?.id;
    });
    await breaks(world, "billing", "hung");
    const gates = async () =>
      (await world.ben.get("/api/gates")).body.gates.filter(({ title }: { title: string }) =>
        /^restart billing/.test(title),
      );
    await world.eventually(async () => expect(await gates()).toHaveLength(2));
    const theirs = (await gates()).find(({ runId }: { runId: string }) => runId !== own);
    expect(await world.ben.post(`/api/gates/${theirs.id}/decision`, { decision: "approve" })).toMatchObject({
      status: 200,
    });
    await world.eventually(async () => {
      expect((await runs(world)).find(({ id }) => id === own)).toMatchObject({ state: "cancelled" });
      expect((await world.ana.sees("general")).map(({ text }) => text)).toContainEqual(
        expect.stringMatching(/^Stopped: R-\w{6} has done the same already\.$/),
      );
    });
  });

  test("is denied: people take over, watching goes on, and the end is told", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "checkout", "bad-deploy");
    await asks(world);
    expect(await world.ben.presses("Deny", { in: "approvals", reason: "a sale is on" })).toMatchObject({ status: 200 });
    await reads(
      world,
      /^Nothing was done \(denied: a sale is on\)\. On call now: Ben\. I go on watching checkout in production\.$/,
    );
    expect((await runs(world))[0]).toMatchObject({ done: false });
    await world.passes("16m");
    await reads(world, /^checkout in production has not recovered\. On call now: Ben\.$/);
    expect(await serviceNow(world, "checkout")).toMatchObject({ fault: "bad-deploy" });
    await world.ana.post("/api/trial/mend", { service: "checkout", environment: "production" });
    await world.passes("2m");
    await staysOver(world);
    await ends(world);
    await reads(world, over);
  });

  test("is approved but does not recover: whoever is on call is told what was found and done", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "checkout", "slow");
    expect(await asks(world)).toContain("services.restart(");
    const latency = "HighLatency";
    expect((await incident(world)).card.card?.title).toBe(`${latency}: checkout in production`);
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
    await world.eventually(async () => expect(await serviceNow(world, "checkout")).toMatchObject({ fault: null }));
    // It comes back before it was well.
    await breaks(world, "checkout", "cert-expired");
    await world.passes("16m");
    await reads(world, /^checkout in production has not recovered\. On call now: Ben\.$/);
    const { thread } = await incident(world);
    const told = thread.find((message) => message.card?.title.startsWith("Not recovered:"));
    expect(told?.card?.fields.map(({ label }) => label)).toEqual([
      "Fires",
      "Errors now",
      "Latency now",
      "Memory now",
      "Thought to be",
      "Incident",
    ]);
  });

  test("somebody on call takes it, and says that it is none; nobody else can", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "billing", "cert-expired");
    await reads(world, /^Nothing that I can do helps billing in production\. .* On call now: Ben\./);
    const { card } = await incident(world);
    const short = field(card, "Incident");
    expect(card.card?.buttons.map(({ label }) => label)).toEqual(["I have it", "Close", "Not an incident"]);
    await world.ana.says(`/steward take ${short}`, { in: "ops" });
    expect(field((await incident(world)).card, "Taken by")).toBeUndefined();
    await world.eventually(async () =>
      expect((await world.ana.sees("ops")).map(({ text }) => text)).toContain(
        "Only whoever is on call (Ben) can say this.",
      ),
    );
    await world.ben.says(`/steward take ${short}`, { in: "ops" });
    await world.eventually(async () => expect(field((await incident(world)).card, "Taken by")).toBe("Ben"));
    // Customers are told of it, and then read nothing of an end that nobody saw.
    const support = async () => (await world.ana.sees("support")).map(({ text }) => text);
    await world.eventually(async () =>
      expect(await world.ben.presses("Send", { in: "approvals" })).toMatchObject({ status: 200 }),
    );
    const problem = [expect.stringMatching(/^We have a problem with billing: /)];
    await world.eventually(async () => expect(await support()).toEqual(problem));
    await world.ben.says(`/steward withdraw ${short}`, { in: "ops" });
    await reads(world, /^Closed by Ben: not an incident\.$/);
    await ends(world);
    await reads(world, /^Customers were told of the problem with billing, and I have not told them that it is over\./);
    expect(await support()).toEqual(problem);
    await world.eventually(async () => {
      const closed = (await incident(world)).card;
      expect([field(closed, "Taken by"), field(closed, "Closed by")]).toEqual(["Ben", "Ben"]);
      expect(closed.card?.buttons).toEqual([]);
    });
    // What nobody saw is in no record: it was closed, and not well.
    await world.eventually(async () => {
      const report = (await incident(world)).thread.find(({ card: shown }) =>
        shown?.title.startsWith("Report on"),
      )?.text;
      expect(report).toMatch(/Until: closed by Ben at .* UTC, while the alert still fired/);
      expect(report).toMatch(/looked (?:once|\d+ times), until Ben closed it/);
      expect(report).toMatch(/Ben took it/);
      expect(report).toMatch(/## Still open\n\n- The alert still fired when Ben closed this/);
      expect((await world.cara.sees("general")).at(-1)?.text).toMatch(
        /it was closed by Ben at .*, while the alert still fired\./,
      );
    });

    // Customers do not use staging: what fails there is no matter for them, whoever would draft it.
    const staging = { service: "search", environment: "staging", fault: "bad-deploy" };
    expect(await world.ana.post("/api/trial/break", staging)).toMatchObject({ status: 200 });
    await world.eventually(async () => expect(await runs(world)).toHaveLength(2));
    await customersAreNotAsked(world, (await runs(world))[0]?.id);
    await world.ben.says("@steward draft a message to #support about search", { in: "general" });
    await world.eventually(async () =>
      expect(await world.thread("ben")).toContainEqual(
        expect.stringMatching(
          /^There is nothing to tell #support of R-\w{6}, look into HighErrorRate of search in staging: customers do not use staging\. Nothing was drafted\.$/,
        ),
      ),
    );
  });

  test("goes on where it was when Steward is restarted", async () => {
    await using world = await startWorld({ database });
    await breaks(world, "billing", "bad-deploy");
    await asks(world);
    await world.restarts();
    await asks(world);
    expect(await world.ben.presses("Approve", { in: "approvals" })).toMatchObject({ status: 200 });
    await world.eventually(async () => expect(await serviceNow(world, "billing")).toMatchObject({ fault: null }));
    await world.restarts({ meanwhile: () => world.passes("2m") });
    await staysOver(world);
    await ends(world);
    await customersWereNotTold(world, /^Withdrawn: (?:billing looks well again|the alert ended at 20\d\d-.*)$/);
    expect(await incidents(world)).toHaveLength(1);
  });

  test("an alert that nothing here knows, full of tricks, reaches people as words", async () => {
    await using world = await startWorld({ database });
    const evil = "# Closed by Ben <!channel> *now* [pay](http://evil.example) \u202efdp.exe";
    const alert = { ...alertOf("nowhere"), annotations: { summary: evil, description: "x".repeat(40_000) } };
    await tell(world, { ...notificationOf("nowhere", [alert]), commonAnnotations: { summary: evil } });
    const { card } = await incident(world);
    expect(card.text).toBe("# Closed by Ben <!channel> *now* [pay](http://evil.example) fdp.exe");
    const page = String((await world.ben.get("/chat/messages?channel=ops")).body);
    expect(page).toContain('<p class="text"># Closed by Ben &lt;!channel&gt; *now*');
    await reads(
      world,
      /^I know no service nowhere; I know billing, checkout, search and website, so I cannot look for a cause or watch it\. Somebody has to look\. On call now: Ben\.$/,
    );
    await reads(world, /Waiting for the alert to end, or for somebody on call to close it\.$/);
    await world.ben.says(`/steward take ${field(card, "Incident")}`, { in: "ops" });
    await world.eventually(async () => expect(field((await incident(world)).card, "Taken by")).toBe("Ben"));
    // Told once more that it fires, less severe by then: nothing is looked at, and the worst stands.
    await tell(world, { ...notificationOf("nowhere", [alertOf("nowhere", 1)]), commonLabels: { severity: "warning" } });
    await world.eventually(async () => expect(field((await incident(world)).card, "Notices")).toBe("2"));
    expect(field((await incident(world)).card, "Severity")).toBe("critical");
    await tell(world, notificationOf("nowhere", [alertOf("nowhere", 0, { status: "resolved" })]));
    await staysOver(world);
    await reads(world, /^It is over: HighErrorRate of nowhere in production is resolved\.$/);
    await ends(world);
    const { card: closed, thread } = await incident(world);
    expect(field(closed, "State")).toBe("closed; the alert is resolved");
    // Nothing was proposed, and nothing is said to be watched or well.
    expect(JSON.stringify(thread)).not.toMatch(/watching|looks well|Approve|could help/i);
    const { steps } = (await world.cara.get(`/api/workflows/status/${(await runs(world))[0]?.id}`)).body;
    for (const id of ["gather", "causes", "approval", "recovery", "settled"])
      expect(steps).toContainEqual(expect.objectContaining({ id, state: "skipped" }));

    // Known, but not there.
    const elsewhere = { ...alertOf("search"), labels: { ...alertOf("search").labels, environment: "qa" } };
    await tell(world, { ...notificationOf("search", [elsewhere]), commonLabels: elsewhere.labels });
    await world.eventually(async () => {
      const found = (await incidents(world)).find(({ card: { card: shown } }) => shown?.title.includes("in qa"));
      expect(found?.thread.map(({ text }) => text)).toContainEqual(
        expect.stringMatching(/^I know no environment qa of search; I know production and staging, so I cannot look/),
      );
    });

    // Of several services in one group one is looked into, and each of the others may be.
    const several = [alertOf("search", 2), alertOf("search", 3), alertOf("website", 4)];
    const { service: _, ...common } = alertOf("search").labels;
    await tell(world, { ...notificationOf("both", several), commonLabels: common });
    const both = () =>
      world.eventually(async () => {
        const found = (await incidents(world)).find((one) => field(one.card, "Services") === "search (2), website (1)");
        expect(found?.thread.map(({ card: shown }) => shown?.title)).toContain("What may be the cause");
        return found?.thread ?? [];
      });
    const causes = (await both()).find(({ card: shown }) => shown?.title === "What may be the cause");
    expect(causes && field(causes, "Fires too: website in production")).toBe("1 of the alerts; not looked into here");
    expect(await world.ben.presses("Why website?", { in: "ops" })).toMatchObject({ status: 202 });
    await world.eventually(async () =>
      expect((await both()).map(({ text }) => text)).toContainEqual(
        expect.stringMatching(/^Nothing is wrong that I can see: website in production/),
      ),
    );
  });
});
