import { expect, test } from "vitest";
import { newId } from "../../src/domain/ids.ts";
import { createLinks } from "../../src/inbox/link.ts";
import { linkStore, personBehind } from "../../src/store/chat.ts";
import { startWorld } from "../support/world.ts";

const tenant = "default";
const who = { platform: "slack", workspace: "T", userId: "U0X" } as const;

async function begin(database: "pglite" | "postgres") {
  const world = await startWorld({ database });
  const { db, kernel, refuse } = world.steward;
  const links = createLinks(linkStore(db), kernel, refuse);
  return {
    world,
    /** A person's link, with its code typed by `who`. */
    async asked(personId: string): Promise<{ id: string; personId: string }> {
      const id = newId();
      const conversationId = newId();
      await db.query(
        "insert into steward.conversation (tenant_id, id, platform, channel, thread) values ($1, $2, 'web', 'ops', $3)",
        [tenant, conversationId, id],
      );
      const { text } = await links.ask({ tenant, id, personId, conversationId });
      await links.claim(tenant, who, /link (\S+)$/.exec(text)?.[1] ?? "");
      return { id, personId };
    },
    async answers(link: { id: string; personId: string }, yes: boolean): Promise<string> {
      const run = (batch: Parameters<typeof links.settle>[0]) => links.settle(batch, { ...link, yes });
      return (await kernel.do({ tenant, actors: [], run })).text;
    },
    owner: async () => (await personBehind(db, tenant, who))?.id ?? null,
    /** What the record says happened, by whom. */
    recorded: async () =>
      (await Promise.all(["identity.linked", "identity.refused"].map((kind) => world.recorded(kind))))
        .flat()
        .map((entry) => `${entry["kind"]} by ${entry["by"]}`),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

test("an account that two people say is theirs is the first one's, and the second is told so", async () => {
  await using scene = await begin("pglite");
  const ana = await scene.asked("ana");
  const ben = await scene.asked("ben");
  expect(await scene.answers(ana, true)).toMatch(/is you from now on/);
  expect(await scene.answers(ben, true)).toMatch(/somebody else’s already, so nothing was changed/);
  expect(await scene.owner()).toBe("ana");
  expect(await scene.recorded()).toEqual(["identity.linked by ana", "identity.refused by ben"]);
  expect(await scene.answers(ben, true)).toMatch(/no such question any more/);
});

test("“no” ends the link; after “yes” it says that the account is linked and how that is undone", async () => {
  await using scene = await begin("pglite");
  const refused = await scene.asked("ana");
  expect(await scene.answers(refused, false)).toMatch(/was not linked/);
  expect(await scene.answers(refused, true)).toMatch(/no such question any more/);
  expect(await scene.owner()).toBeNull();
  const link = await scene.asked("ana");
  expect(await scene.answers(link, true)).toMatch(/is you from now on/);
  expect(await scene.answers(link, true)).toMatch(/is linked to you already\.$/);
  expect(await scene.answers(link, false)).toMatch(/linked to you already, and stays so.*unlink slack U0X/);
  expect(await scene.owner()).toBe("ana");
  expect(await scene.recorded()).toEqual(["identity.linked by ana", "identity.refused by ana"]);
});

test.each(["pglite", "postgres"] as const)(
  "of answers that come at once one counts, and the record says which, on %s",
  async (database) => {
    await using scene = await begin(database);
    const links = [await scene.asked("ana"), await scene.asked("ben"), await scene.asked("cara")];
    const said = await Promise.all(
      links.flatMap((link) => [true, false, true].map(async (yes) => ({ link, text: await scene.answers(link, yes) }))),
    );
    const won = said.filter(({ text }) => /is you from now on/.test(text)).map(({ link }) => link.personId);
    const owner = await scene.owner();
    expect(won).toEqual(owner === null ? [] : [owner]);
    const recorded = await scene.recorded();
    expect(recorded.filter((entry) => entry.startsWith("identity.linked"))).toEqual(
      won.map((id) => `identity.linked by ${id}`),
    );
    const ended = said
      .filter(({ text }) => /was not linked|somebody else’s/.test(text))
      .map(({ link }) => link.personId);
    expect(recorded.filter((entry) => entry.startsWith("identity.refused")).sort()).toEqual(
      ended.map((id) => `identity.refused by ${id}`).sort(),
    );
    expect([...won, ...ended].sort()).toEqual(["ana", "ben", "cara"]);
  },
);
