import { expect, test } from "vitest";
import { cardOf, wordsOf } from "../../rigs/teams/client.ts";
import type { Shown } from "../../rigs/teams/rooms.ts";
import { createMessageStore } from "../../src/store/messages.ts";
import type { Name, Surface } from "../support/surface.ts";
import { openDiscord } from "../support/surfaces/discord.ts";
import { openTeams } from "../support/surfaces/teams.ts";
import { openWeb } from "../support/surfaces/web.ts";
import { startWorld } from "../support/world.ts";

// Each begins a Steward of its own; the first also makes the database that the others copy.

async function begin(people: Parameters<typeof openTeams>[0] = {}, others: readonly Surface[] = []) {
  const teams = await openTeams(people);
  const world = await startWorld({ database: "pglite", surfaces: [teams, ...others] });
  const { rig, users } = teams;
  /** What somebody sees of a message now: its words, and the buttons that decide. */
  const seen = (viewer: Name, shown: Shown) => {
    const card = cardOf(shown, users[viewer]);
    const buttons = (card?.actions ?? []).flatMap((each: { title: string; verb?: string }) =>
      each.verb === "decide" ? [each.title] : [],
    );
    return { words: wordsOf(card).join("\n"), buttons };
  };
  return {
    teams,
    world,
    rig,
    users,
    /** The newest message with these words in the message all see. */
    shows: (words: RegExp) =>
      world.eventually(async () => {
        const shown = rig.rooms.shown.findLast(({ activity }) => words.test(JSON.stringify(activity)));
        expect(shown, `a message with ${words}`).toBeDefined();
        return shown as Shown;
      }),
    async looks(viewer: Name, shown: Shown) {
      await rig.client.look(users[viewer], shown);
      return seen(viewer, shown);
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await teams[Symbol.asyncDispose]();
    },
  };
}

test("of two approvers each sees how the question stands with them, and everybody else the question", async () => {
  await using scene = await begin();
  const { teams, shows, looks, world, users } = scene;
  await teams.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
  const shown = await shows(/Approve: get read access to billing/);
  for (const name of ["cara", "dan"] as const)
    expect(await looks(name, shown)).toMatchObject({
      words: expect.stringMatching(/This waits for your answer/),
      buttons: expect.arrayContaining(["Approve", "Deny"]),
    });
  for (const name of ["ana", "eve"] as const)
    expect((await looks(name, shown)).words).not.toMatch(/your answer|You approved/);

  expect(await teams.presses("dan", "Approve")).toMatch(/Your approval counts/);
  await world.eventually(async () => {
    const { words, buttons } = await looks("dan", shown);
    expect(words).toMatch(/Votes so far: Dan approved.*You approved this; others still have to answer/s);
    expect(buttons).toEqual([]);
  });
  expect((await looks("cara", shown)).buttons).toEqual(expect.arrayContaining(["Approve", "Deny"]));
  const [gate] = await world.steward.db.query<{ id: string }>("select id from steward.gate");
  const asked = (most: number) =>
    createMessageStore(world.steward.db).askedOf("default", gate?.id ?? "", "teams", most);
  expect(await asked(60)).toEqual([users.cara, users.dan].map(({ aadObjectId }) => aadObjectId));
  expect(await asked(1)).toEqual([users.cara.aadObjectId]);
  await teams.presses("cara", "Approve");
  await world.eventually(async () => {
    for (const name of ["ana", "cara", "dan"] as const) {
      const { words, buttons } = await looks(name, shown);
      expect(words).toMatch(/Approved by .*Dan/s);
      expect(words).not.toMatch(/others still|your answer/);
      expect(buttons).toEqual([]);
    }
  });
});

test("after a restart a press on the old drawing of a card counts like one on the new", async () => {
  await using scene = await begin();
  const { teams, shows, looks, world, rig, users } = scene;
  await teams.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
  const shown = await shows(/Approve: get read access to billing/);
  const old: Shown = { ...shown, own: new Map() };
  await world.restarts();
  await teams.presses("dan", "Approve");
  await world.eventually(async () => expect((await looks("ana", shown)).words).toMatch(/Votes so far: Dan approved/));
  const tokens = ({ activity }: Shown) => /"token":"([^"]+)"/.exec(JSON.stringify(activity))?.[1];
  expect(tokens(shown)).not.toBe(tokens(old));
  expect((await rig.client.press(users.dan, old, "Approve")).sentence).toMatch(/already answered/);
  expect((await rig.client.press(users.cara, old, "Approve")).sentence).toMatch(/You approved it/);
  await world.eventually(async () => expect((await looks("ana", shown)).words).toMatch(/Approved by/));
});

test("a card whose posting was not answered stands there twice; a press on either decides, and both tell what came of it", async () => {
  await using scene = await begin();
  const { teams, shows, looks, world, rig, users } = scene;
  await teams.asks("ben", "help", { in: "ops" });
  await shows(/What you can ask/);
  const question = /Approve: restart checkout in production/;
  rig.loseAnswerTo(question);
  await teams.asks("ana", "restart checkout in production", { in: "ops" });
  // One in the thread and one in #approvals, and one of the two once more.
  const copies = await world.eventually(async () => {
    const found = rig.rooms.shown.filter(({ activity }) => question.test(JSON.stringify(activity)));
    expect(found).toHaveLength(3);
    return found;
  });
  const [lost, known] = copies.filter(({ room }) => copies.filter((each) => each.room === room).length === 2);
  if (lost === undefined || known === undefined) throw new Error("No card stands twice in one place");
  expect((await rig.client.press(users.ben, lost, "Approve")).sentence).toMatch(/You approved it/);
  await world.eventually(async () => expect((await looks("ben", known)).words).toMatch(/Approved by Ben/));
  expect((await looks("ben", lost)).words).toMatch(/Approved by Ben/);
  expect((await rig.client.press(users.cara, lost, "Deny")).sentence).toMatch(/already/);
});

const code = /link [A-Z0-9]{4}-[A-Z0-9]{4}/;

test("a stranger in Teams types a code from the web chat, confirms it there, and is then one person", async () => {
  const web = await openWeb();
  await using scene = await begin({ strangers: ["dan"] }, [web]);
  const { teams, shows, looks, world, rig, users } = scene;
  await teams.asks("ana", "I need read access to billing for 2 hours", { in: "ops" });
  const shown = await shows(/Approve: get read access to billing/);
  expect(await teams.presses("dan", "Approve")).toMatch(/^I do not know you yet, so I did nothing/);

  await web.asks("dan", "link", { in: "general" });
  const read = async (words: RegExp) =>
    world.eventually(async () => {
      const found = (await web.reads("dan")).findLast((each) => words.test(each.words));
      expect(found, `dan reads ${words}`).toBeDefined();
      return found?.words ?? "";
    });
  const typed = code.exec(await read(code))?.[0] ?? "";
  const personal = rig.rooms.chatWith(users.dan);
  await rig.client.say(users.dan, personal, "link AAAA-AAAA");
  await shows(/not known, or older/);
  await rig.client.say(users.dan, personal, typed);
  expect((await shows(/I have put a question there/)).room).toBe(personal);
  await read(/Is this you\?/);
  await web.presses("dan", "Yes, that is me");
  await read(/is you from now on/);
  expect(await world.recorded("identity.linked")).toHaveLength(1);

  expect(await teams.presses("dan", "Approve")).toMatch(/Your approval counts/);
  await world.eventually(async () => expect((await looks("ana", shown)).words).toMatch(/Votes so far: Dan approved/));
  await web.presses("cara", "Approve", { in: "approvals" });
  await world.eventually(async () => expect((await looks("dan", shown)).words).toMatch(/Approved by/));
});

test("a link that is asked for in Teams is shown, confirmed and settled in the personal chat alone", async () => {
  const discord = await openDiscord({ strangers: ["dan"] });
  await using scene = await begin({}, [discord]);
  const { shows, world, rig, users } = scene;
  const personal = rig.rooms.chatWith(users.dan);
  await rig.client.say(users.dan, personal, "link");
  const typed = code.exec(JSON.stringify((await shows(code)).activity))?.[0] ?? "";
  await discord.asks("dan", typed, { in: "ops" });
  const question = await shows(/Is this you\?/);
  expect(question.room).toBe(personal);
  await rig.client.press(users.dan, question, "Yes, that is me");
  await shows(/is you from now on/);
  expect(await world.recorded("identity.linked")).toHaveLength(1);
  expect(
    await world.steward.db.query("select person_id, platform from steward.identity where source = 'linked'"),
  ).toEqual([{ person_id: "dan", platform: "discord" }]);
  expect(rig.rooms.seenBy(users.ana)).toEqual([]);
  await world.eventually(async () => expect(JSON.stringify(question.activity)).toMatch(/You said yes/));
  await discord[Symbol.asyncDispose]();
});
