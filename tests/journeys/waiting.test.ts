import { describe, expect, test } from "vitest";
import { oneBase, startWorld, type World } from "../support/world.ts";

type Name = "ana" | "ben" | "cara" | "dan" | "eve";

/** What Steward answers to “what waits for me?”. */
async function waitsFor(world: World, who: Name): Promise<string> {
  await world[who].says("@steward what waits for me?", { in: "general" });
  return world.eventually(async () => {
    const said = (await world.thread(who)).slice(1).filter((line) => !/^\w+ asked to /.test(line));
    expect(said).toHaveLength(1);
    return said.join("");
  });
}

describe.each(oneBase)("what waits for me, on %s", (database) => {
  test("is grouped by how urgent it is, and holds nobody else's", async () => {
    await using world = await startWorld({ database });
    expect(await waitsFor(world, "ben")).toBe("Nothing waits for you.");

    await world.ana.says("restart checkout in production", { in: "ops" });
    await world.eventually(async () => expect(await world.cards()).toHaveLength(2));
    const approval =
      /R-\w{6}, approve or deny: restart checkout in production; asked .* ago, .* left\. http\S+\/gates\/\S+/;
    expect(await waitsFor(world, "ben")).toMatch(
      new RegExp(`^1 thing waits for you\\.\\nNext:\\n• ${approval.source}$`),
    );
    expect(await waitsFor(world, "ana")).toBe("Nothing waits for you.");

    await world.ana.says("@steward my chair is broken and my back hurts", { in: "general" });
    await world.ben.presses("I'll take it", { in: "help-needed" });
    await world.eventually(async () =>
      expect((await world.ben.sees("help-needed")).at(-1)?.card?.fields).toContainEqual({
        label: "Taken by",
        value: "Ben",
      }),
    );
    await world.passes("40m");
    const busy = await waitsFor(world, "ben");
    expect(busy).toMatch(/^2 things wait for you\.\nNow:\n/);
    expect(busy).toMatch(/Now:\n• .*approve or deny: restart checkout .*, (1\d|20) minutes( \d+ seconds?)? left/);
    expect(busy).toMatch(
      /Later:\n• R-\w{6}, you have taken it: get help with “my chair is broken and my back hurts”; open for 40 minutes/,
    );

    await world.ana.says("@steward my laptop cannot reach the VPN", { in: "general" });
    await world.eventually(async () => expect(await labels(world)).toContain("Ask a person"));
    expect(await waitsFor(world, "ana")).toMatch(
      /^1 thing waits for you\.\nNext:\n• R-\w{6}, it asks you: get help with “my laptop/,
    );

    await world.ana.says("@steward ask a person about the lamp over my desk", { in: "general" });
    await world.eventually(async () =>
      expect((await world.dan.sees("help-needed")).at(-1)?.text).toContain("the lamp over my desk"),
    );
    expect(await waitsFor(world, "dan")).toBe(
      "Nothing waits for you.\nFor anyone: 1 help request that nobody has taken yet (“open requests” lists them).",
    );
    expect(await waitsFor(world, "eve")).toBe("Nothing waits for you.");
    await isTheirs(world, "dan", "waiting", "see what waits");

    await world.ana.says("remind me in 3 hours to see the doctor", { in: "ops" });
    await world.eventually(async () => expect((await world.thread("ana")).join("\n")).toContain("it is said here"));
    await isTheirs(world, "ana", "remind-me", "see the doctor");
    const spawned = await world.ben.post("/api/agents/spawn", { specialist: "attention", task: "for-me" });
    expect(spawned).toMatchObject({ status: 201, body: { personal: true } });
    await isTheirs(world, "ben", "attention-for-me", "have attention do for-me");
  });
});

/** "21:40 to 22:10": from an hour ago until so many minutes from now, by Steward's clock. */
async function hoursUntil(world: World, minutes: number): Promise<string> {
  const [row] = await world.steward.db.query<{ now: string }>("select steward.now() as now");
  const at = (shift: number) => new Date(Date.parse(row?.now ?? "") + shift * 60_000).toISOString().slice(11, 16);
  return `${at(-60)} to ${at(minutes)}`;
}

/** What Steward told somebody alone in #general. */
const alone = async (world: World, who: Name) =>
  (await world[who].sees("general")).filter((message) => message.private).map(({ text }) => text);

/** Sets somebody's quiet hours in chat. */
async function isQuiet(world: World, who: Name, hours: string, answer: RegExp): Promise<void> {
  await world[who].says(`@steward quiet hours ${hours}`, { in: "ops" });
  await world.eventually(async () => expect(await world.thread(who)).toContainEqual(expect.stringMatching(answer)));
}

/** Managers are told of an incident: how often that was tried. */
const incidentTold = (world: World) =>
  world.eventually(async () => {
    const [run] = await world.steward.db.query<{ n: number }>(
      "select count(*)::int as n from steward.effect where tool = 'messages.send' and state = 'done'",
    );
    expect(run?.n).toBeGreaterThan(0);
  });

/** Nobody but whoever asked for the newest run of a workflow, and managers, can tell that it is there. */
async function isTheirs(world: World, whose: Name, workflow: string, words: string): Promise<void> {
  const path = `/api/runs?workflow=${workflow}&requester=${whose}&limit=1`;
  const [run] = (await world[whose].get(path)).body.runs;
  expect(run).toMatchObject({ requesterId: whose, personal: true });
  const [task] = await world.steward.db.query<{ id: string }>("select id from steward.actor where parent_id = $1", [
    run.id,
  ]);
  const doors = [
    `/api/workflows/status/${run.id}`,
    `/runs/${run.id}`,
    ...(task ? [`/api/agents/status/${task.id}`] : []),
  ];
  for (const who of ["ana", "ben", "cara", "dan"] as const) {
    const sees = who === whose || who === "cara";
    for (const door of doors)
      expect([who, door, (await world[who].get(door)).status]).toEqual([who, door, sees ? 200 : 404]);
    const listed = [path, `/api/runs?q=${encodeURIComponent(run.title)}`];
    for (const list of listed)
      expect([
        who,
        list,
        (await world[who].get(list)).body.runs.some(({ id }: { id: string }) => id === run.id),
      ]).toEqual([who, list, sees]);
    expect([
      who,
      String((await world[who].get(path.replace("/api", "").replace("&limit=1", ""))).body).includes(words),
    ]).toEqual([who, sees]);
  }
}

describe.each(oneBase)("quiet hours, on %s", (database) => {
  test("keep what is not urgent, across a restart, and tell it in one message when they are over", async () => {
    await using world = await startWorld({ database });
    await isQuiet(world, "cara", await hoursUntil(world, 30), /^Your quiet hours are \d\d:\d\d to \d\d:\d\d \(UTC\)\./);
    await isQuiet(world, "dan", await hoursUntil(world, 600), /^Your quiet hours are/);
    await isQuiet(world, "ben", "after lunch", /stretch of the day, such as 22:00 to 7:00, or off/);
    expect(await world.thread("ben")).toHaveLength(2);
    await world.ben.says("@steward my quiet hours", { in: "ops" });
    await world.eventually(async () =>
      expect((await world.thread("ben")).slice(1)).toEqual([
        "You have no quiet hours: everything reaches you at once.",
      ]),
    );
    // What somebody's hours are is for nobody else.
    expect((await world.ana.sees("ops")).filter(({ text }) => /^You|hear their own/.test(text))).toEqual([]);

    await world.ana.post("/api/trial/break", { service: "checkout", environment: "production", fault: "bad-deploy" });
    await incidentTold(world);
    // An approval that expires in an hour waits for cara's morning, and not for dan's.
    await world.ana.says("I need read access to billing for 2 hours", { in: "ops" });
    await world.eventually(async () =>
      expect(await alone(world, "dan")).toEqual([
        expect.stringMatching(/^This does not wait until your quiet hours \(.*\) are over: .*billing/),
      ]),
    );
    expect(await alone(world, "cara")).toEqual([]);

    await world.restarts();
    await world.passes("29m");
    expect(await alone(world, "cara")).toEqual([]);
    await world.passes("2m");
    const told = await world.eventually(async () => {
      const found = await alone(world, "cara");
      expect(found).not.toEqual([]);
      return found;
    });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^1 message was kept for you\.\n• \d{4}-\d\d-\d\d \d\d:\d\d UTC, R-\w{6}, look into HighErrorRate of checkout in production: /,
    );
    expect(told[0]).toMatch(
      /\n3 things wait for you\.\nNow:\n(?:• .*\n)?• R-\w{6}, approve or deny: get read access to billing/,
    );
    await isTheirs(world, "cara", "morning", "kept for");
    expect(await world.recorded("quiet.set")).toHaveLength(2);
    // What nobody has taken stands first for whoever it is for, and is told to them alone.
    expect(await waitsFor(world, "ben")).toMatch(
      /^\d things wait for you\.\nNow:\n• R-\w{6}, nobody has taken it: look into HighErrorRate of checkout in production; open for /,
    );
    expect((await world.ana.sees("general")).filter(({ text }) => text.includes("nobody has taken it"))).toEqual([]);
    expect(await waitsFor(world, "ana")).not.toContain("look into");
  });

  test("end when somebody says so, also on a page, and what was kept is told at once", async () => {
    await using world = await startWorld({ database });
    const [from, to] = (await hoursUntil(world, 600)).split(" to ");
    expect(await world.cara.post("/api/quiet-hours", { from, to })).toMatchObject({
      status: 200,
      body: { sentence: expect.stringContaining(`${from} to ${to} (UTC)`) },
    });
    const page = (await world.cara.get("/gates")).body;
    expect(page).toContain(`Your quiet hours are ${from} to ${to} (UTC).`);
    expect(page).toContain("<span>in UTC</span>");
    // What is drawn anew once they are set holds the way out of them.
    expect(String(page)).toMatch(/data-live>.*No quiet hours<\/button><\/p><\/div>/s);
    expect(await world.cara.post("/api/quiet-hours", { hours: "now and then" })).toMatchObject({ status: 400 });
    await world.ana.post("/api/trial/break", { service: "checkout", environment: "production", fault: "bad-deploy" });
    await incidentTold(world);
    expect(await alone(world, "cara")).toEqual([]);
    expect(await world.cara.post("/api/quiet-hours", { hours: "off" })).toMatchObject({
      body: { sentence: "You have no quiet hours: everything reaches you at once." },
    });
    await world.eventually(async () =>
      expect(await alone(world, "cara")).toEqual([expect.stringMatching(/^1 message was kept for you\.\n• /)]),
    );

    // However much was kept, all of it is told.
    await world.cara.post("/api/quiet-hours", { from, to });
    await world.steward.db.query(
      `insert into steward.held (tenant_id, id, person_id, key, text)
       select 'default', gen_random_uuid(), 'cara', 'k' || n, 'No ' || n || '. ' || repeat('word ', 96) from generate_series(1, 30) n`,
    );
    await world.cara.post("/api/quiet-hours", { hours: "off" });
    await world.eventually(async () => {
      const told = (await alone(world, "cara")).join("\n");
      expect(told.match(/No \d+\./g)).toEqual(Array.from({ length: 30 }, (_, i) => `No ${i + 1}.`));
      expect(await world.steward.db.query("select 1 from steward.held where told_at is null or text <> ''")).toEqual(
        [],
      );
    });
  });
});

const labels = async (world: World) =>
  (await world.ana.sees("general")).flatMap(({ card }) => (card?.buttons ?? []).map(({ label }) => label));
