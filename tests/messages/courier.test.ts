import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Button, Card } from "../../src/domain/card.ts";
import { Fault } from "../../src/domain/fault.ts";
import { newId } from "../../src/domain/ids.ts";
import type { Place } from "../../src/domain/incoming.ts";
import { canonical } from "../../src/domain/json.ts";
import { createCourier } from "../../src/messages/courier.ts";
import type { MessageStore } from "../../src/messages/store.ts";
import { threadAt } from "../../src/store/chat.ts";
import type { Database } from "../../src/store/database.ts";
import { createMessageStore, findButton } from "../../src/store/messages.ts";
import { syncPeople } from "../../src/store/people.ts";
import { openSlack } from "../adapters/slack-world.ts";
import { chatAdapterContract } from "../contracts/chat-adapter.ts";
import { passMs } from "../support/fresh.ts";
import { openWithTenant } from "./database.ts";
import { PaperPlatform, tokens } from "./paper-platform.ts";

const tenant = "default";
let db: Database;
let store: MessageStore;
beforeAll(async () => {
  db = await openWithTenant();
  store = createMessageStore(db);
  await syncPeople(db, tenant, [
    {
      id: "ana",
      name: "Ana",
      kind: "member",
      roles: [],
      manager: null,
      identities: [{ platform: "slack", workspace: "W", user: "U0ANA" }],
    },
  ]);
});
afterAll(() => db.close());

async function conversationAt({ platform, channel, thread }: Place): Promise<string> {
  const id = newId();
  await db.query("insert into conversation (tenant_id, id, platform, channel, thread) values ($1, $2, $3, $4, $5)", [
    tenant,
    id,
    platform,
    channel,
    thread,
  ]);
  return id;
}

/** A conversation of its own on a paper platform of its own. */
async function scene(using: MessageStore = store, channel = "paper", thread: string = newId()) {
  const paper = new PaperPlatform();
  const conversationId = await conversationAt({ platform: "slack", channel, thread });
  const actor = newId();
  const courier = createCourier({ store: using, adapters: new Map([["slack", paper]]) });
  return {
    paper,
    courier,
    conversationId,
    deliver: () => courier.deliver({ tenant, conversationId }),
    /** Wants a card under a key, as a turn does. */
    async want(key: string, card: Card | string, more: { urgent?: boolean; privateTo?: string } = {}) {
      const wanted = canonical(typeof card === "string" ? { text: card } : card);
      const [row] = await db.query<{ id: string }>(
        `insert into message (tenant_id, id, conversation_id, actor_id, key, wanted, urgent, private_to) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, actor_id, key, conversation_id)
         do update set wanted = excluded.wanted, wanted_version = message.wanted_version + 1 where message.wanted is distinct from excluded.wanted
         returning id`,
        [tenant, newId(), conversationId, actor, key, wanted, more.urgent ?? false, more.privateTo ?? null],
      );
      return row?.id ?? "";
    },
  };
}

function ask(gate: string, text: string): Card {
  const buttons: Button[] = [
    { label: "Approve", style: "primary", decide: "approve", gate },
    { label: "Deny", style: "danger", decide: "deny", gate },
    { label: "Help", style: "default", say: "help" },
  ];
  return { text, title: "Restart api", buttons };
}

test("messages appear in the order they were wanted, urgent ones before them", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", "first");
  await want("b", "second");
  await want("c", "approve this", { urgent: true });
  expect(await deliver()).toEqual({ kind: "done", shown: 3, refused: 0 });
  expect(paper.texts()).toEqual(["approve this", "first", "second"]);
  expect(paper.finds).toEqual([]);
});

const long = (mark: string, chars: number) => `${mark}${" word".repeat((chars - 1) / 5)}`;

test("a long text is several messages right behind each other, across a crash, each found by its own marker", async () => {
  const dying: MessageStore = {
    ...store,
    record: async (message) => {
      if (paper.posts.length === 2) throw new Error("the process is dead");
      await store.record(message);
    },
  };
  const { want, paper, conversationId } = await scene(dying);
  const deliver = (using: MessageStore) =>
    createCourier({ store: using, leaseMs: 50, adapters: new Map([["slack", paper]]) }).deliver({
      tenant,
      conversationId,
    });
  await want("a", "before");
  await want("b", long("B", 8000));
  await want("c", "after");
  await expect(deliver(dying)).rejects.toThrow("dead");
  await passMs(db, 60);
  await deliver(store);
  const texts = paper.texts();
  expect(texts.map((text) => text.slice(0, 6))).toEqual(["before", "B word", "word w", "word w", "after"]);
  expect(texts.slice(1, 4).join(" ")).toBe(long("B", 8000));
  expect(paper.finds).toHaveLength(1);
});

test("a long text that is redrawn changes in place: what goes on is redrawn, added or emptied", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", long("A", 8000));
  await deliver();
  await want("a", long("A", 8000).replaceAll("word", "next"));
  await deliver();
  expect(paper.texts().join(" ")).toBe(long("A", 8000).replaceAll("word", "next"));
  await want("a", "short now");
  await deliver();
  expect(paper.texts()).toEqual(["short now", "–", "–"]);
  const drawn = paper.posts.map((post) => post.drawn);
  await want("a", "shorter");
  await deliver();
  expect(paper.posts.map((post) => post.drawn)).toEqual([(drawn[0] ?? 0) + 1, drawn[1], drawn[2]]);
  await want("a", long("A", 14_000));
  await deliver();
  expect(paper.texts().join(" ")).toBe(long("A", 14_000));
});

test("only the newest version is shown, later ones in place, the same one never twice", async () => {
  const { want, deliver, paper } = await scene();
  for (const percent of [10, 20, 30]) await want("progress", `${percent} %`);
  await deliver();
  expect(paper.posts).toMatchObject([{ view: { text: "30 %" }, drawn: 1 }]);
  await want("progress", "30 %");
  await deliver();
  expect(paper.posts).toMatchObject([{ drawn: 1 }]);
  await want("progress", "100 %");
  await deliver();
  expect(paper.posts).toMatchObject([{ view: { text: "100 %" }, drawn: 2 }]);
});

test("what is wanted while the courier is at work is shown by the same job", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", "one");
  paper.duringPost = async (view) => {
    if (view.text === "one") await want("a", "two");
  };
  expect(await deliver()).toMatchObject({ kind: "done" });
  expect(paper.posts).toMatchObject([{ view: { text: "two" }, drawn: 2 }]);
});

test("a crash between posting and recording posts nothing twice and still shows the newest version", async () => {
  let crash = true;
  const crashing: MessageStore = {
    ...createMessageStore(db),
    async record(message) {
      if (crash) throw new Error("power gone");
      await store.record(message);
    },
  };
  const { want, deliver, paper } = await scene(crashing);
  const gate = newId();
  await want("a", ask(gate, "before"));
  await expect(deliver()).rejects.toThrow("power gone");
  const before = tokens(paper.posts[0]?.view);
  crash = false;
  await want("a", ask(gate, "after"));
  expect(await deliver()).toEqual({ kind: "done", shown: 1, refused: 0 });
  expect(paper.posts).toMatchObject([{ view: { text: "after" }, drawn: 2 }]);
  expect(tokens(paper.posts[0]?.view)).toEqual(before);
});

test("a platform that is down loses nothing and mixes nothing up when it is back", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", "first");
  await want("b", "second");
  paper.down = new Fault("platform-busy", "Come back in 7 s", { retryAfterMs: 7000 });
  expect(await deliver()).toEqual({ kind: "later", retryAfterMs: 7000, because: "Come back in 7 s" });
  paper.down = null;
  await want("c", "third");
  expect(await deliver()).toMatchObject({ shown: 3 });
  expect(paper.texts()).toEqual(["first", "second", "third"]);
});

test("what the platform turned away was never posted: it is posted by the next try, and looked for only where that is not certain", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", "first");
  const busy = (undone: boolean) => new Fault("platform-busy", "Come back in 1 s", { retryAfterMs: 1000, undone });
  paper.down = busy(true);
  expect(await deliver()).toMatchObject({ kind: "later" });
  paper.down = busy(false);
  expect(await deliver()).toMatchObject({ kind: "later" });
  expect(paper.finds).toEqual([]);
  // A limit now proves nothing about the try before.
  paper.down = busy(true);
  expect(await deliver()).toMatchObject({ kind: "later" });
  paper.down = null;
  expect(await deliver()).toMatchObject({ shown: 1 });
  expect(paper.finds).toHaveLength(2);
  expect(paper.texts()).toEqual(["first"]);
});

test("on Slack, what one person alone may see is shown to them after Slack asked for patience, and after it refused an older wording", async () => {
  await using world = await openSlack();
  const { rig, platform } = world;
  const conversationId = await conversationAt({ platform: "slack", channel: "C0OPS", thread: "" });
  const courier = createCourier({ store, adapters: new Map([["slack", platform.adapter]]) });
  const deliver = () => courier.deliver({ tenant, conversationId });
  const actor = newId();
  const want = (text: string) =>
    db.query(
      `insert into message (tenant_id, id, conversation_id, actor_id, key, wanted, private_to) values ($1, $2, $3, $4, 'k', $5, 'ana')
       on conflict (tenant_id, actor_id, key, conversation_id) do update set wanted = excluded.wanted, wanted_version = message.wanted_version + 1`,
      [tenant, newId(), conversationId, actor, canonical({ text })],
    );
  await want("Your code");
  rig.trouble({ times: 1, answer: { kind: "error", error: "user_not_in_channel" } });
  expect(await deliver()).toMatchObject({ refused: 1 });
  await want("Your new code");
  rig.trouble({ times: 1, answer: { kind: "limited", retryAfterS: 1 } });
  expect(await deliver()).toMatchObject({ kind: "later", retryAfterMs: 1000 });
  expect(await deliver()).toMatchObject({ shown: 1 });
  const direct = rig.workspace.directOf("U0ANA").id;
  expect(rig.workspace.seenBy("U0ANA", direct).map((message) => message.text)).toEqual(["Your new code"]);
  expect(rig.workspace.seenBy("U0ANA", "C0OPS")).toEqual([]);
});

test("what the platform refuses for good is recorded, does not block what is behind it, and may be shown once it changes", async () => {
  const { want, deliver, paper } = await scene();
  const id = await want("a", "bad word");
  await want("b", "second");
  paper.refuses = (view) => view.text === "bad word";
  expect(await deliver()).toEqual({ kind: "done", shown: 1, refused: 1 });
  expect(await db.query("select refused, ref from message where id = $1", [id])).toEqual([
    { refused: "Paper does not take “bad word”", ref: null },
  ]);
  await want("a", "good word");
  expect(await deliver()).toMatchObject({ shown: 1 });
  expect(paper.texts()).toEqual(["second", "good word"]);
  expect(await db.query("select refused from message where id = $1", [id])).toEqual([{ refused: null }]);
});

test("a bug is not taken for a refusal: the message stays due", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", "first");
  paper.duringPost = () => Promise.reject(new TypeError("bug"));
  await expect(deliver()).rejects.toThrow("bug");
  paper.duringPost = async () => {};
  expect(await deliver()).toMatchObject({ shown: 1 });
});

describe("one courier at a time in a conversation", () => {
  test("two at once show each message once, in order", async () => {
    const { want, deliver, paper } = await scene();
    for (const n of [1, 2, 3, 4]) await want(`m${n}`, `${n}`);
    const answers = await Promise.all([deliver(), deliver(), deliver()]);
    expect(answers.filter((each) => each.kind === "done" && each.shown > 0)).toEqual([
      { kind: "done", shown: 4, refused: 0 },
    ]);
    expect(paper.texts()).toEqual(["1", "2", "3", "4"]);
  });

  test("who is turned away in the middle of a post is served by the one who holds the lease", async () => {
    const { want, deliver, paper } = await scene();
    await want("a", "first");
    let turnedAway: unknown;
    paper.duringPost = async (view) => {
      if (view.text !== "first") return;
      await want("b", "second");
      turnedAway = await deliver();
    };
    expect(await deliver()).toMatchObject({ kind: "done", shown: 2 });
    expect(turnedAway).toMatchObject({ kind: "later", because: "Another courier is delivering in this conversation" });
  });

  test("a dead courier's lease ends after its time", async () => {
    const { want, deliver, conversationId } = await scene();
    await want("a", "first");
    await store.lease({ tenant, conversationId, holder: newId(), forMs: 15_000 });
    const answer = await deliver();
    expect(answer).toMatchObject({ kind: "later" });
    expect(answer.kind === "later" && answer.retryAfterMs).toBeLessThanOrEqual(15_000);
    await passMs(db, 15_000);
    expect(await deliver()).toMatchObject({ kind: "done", shown: 1 });
  });
});

describe("buttons", () => {
  test("a token is random, stored only as its hash, and leads to its decision", async () => {
    const { want, deliver, paper } = await scene();
    const gate = newId();
    const id = await want("card", ask(gate, "Restart?"));
    await deliver();
    const [approve = "", deny = ""] = tokens(paper.posts[0]?.view);
    expect(Buffer.from(approve, "base64url")).toHaveLength(16);
    expect(deny).not.toBe(approve);
    expect(await findButton(db, tenant, approve)).toEqual({ gateId: gate, decision: "approve", messageId: id });
    expect(await findButton(db, tenant, deny)).toEqual({ gateId: gate, decision: "deny", messageId: id });
    expect(await findButton(db, tenant, "guess")).toBeNull();
    expect(
      canonical(await db.query("select m::text, b::text from message m join button b on b.message_id = m.id")),
    ).not.toContain(approve);
  });

  test("a button can be pressed from the moment it is seen", async () => {
    const { want, deliver, paper } = await scene();
    const gate = newId();
    await want("card", ask(gate, "Restart?"));
    const found: unknown[] = [];
    paper.duringPost = async (view) => {
      for (const token of tokens(view)) found.push((await findButton(db, tenant, token))?.decision);
    };
    await deliver();
    expect(found).toEqual(["approve", "deny"]);
  });

  test("an open card redrawn after the first of two votes keeps its tokens, so the second press on the old drawing counts", async () => {
    const { want, deliver, paper } = await scene();
    const gate = newId();
    await want("card", ask(gate, "0 of 2"));
    await deliver();
    const before = tokens(paper.posts[0]?.view);
    await want("card", ask(gate, "1 of 2"));
    await deliver();
    expect(paper.posts).toMatchObject([{ view: { text: "1 of 2" } }]);
    expect(tokens(paper.posts[0]?.view)).toEqual(before);
  });

  test("where the platform cannot tell its tokens they are made anew, and those of the old drawing stay good", async () => {
    const { want, deliver, paper } = await scene();
    const gate = newId();
    await want("card", ask(gate, "0 of 2"));
    await deliver();
    const [old = ""] = tokens(paper.posts[0]?.view);
    paper.tokensOf = async () => [];
    await want("card", ask(gate, "1 of 2"));
    await deliver();
    const [fresh = ""] = tokens(paper.posts[0]?.view);
    expect(fresh).not.toBe(old);
    const [before, after] = [await findButton(db, tenant, old), await findButton(db, tenant, fresh)];
    expect(before).toMatchObject({ gateId: gate, decision: "approve" });
    expect(after).toEqual(before);
  });

  test("a settled card's old tokens still lead to the gate, to be told that it is decided", async () => {
    const { want, deliver, paper } = await scene();
    const gate = newId();
    await want("card", ask(gate, "Restart?"));
    await deliver();
    const [approve = ""] = tokens(paper.posts[0]?.view);
    await want("card", { text: "Restart?", outcome: "Approved by Ben" });
    await deliver();
    expect(tokens(paper.posts[0]?.view)).toEqual([]);
    expect(await findButton(db, tenant, approve)).toMatchObject({ gateId: gate });
  });
});

test("a private message goes to its person, a conversation of an unconnected platform waits, an unknown one has nothing due", async () => {
  const { want, deliver, paper, courier } = await scene();
  await want("a", "only you", { privateTo: "ana" });
  await deliver();
  expect(paper.posts).toMatchObject([{ privateTo: "U0ANA" }]);
  const teams = await conversationAt({ platform: "teams", channel: "c", thread: "" });
  expect(await courier.deliver({ tenant, conversationId: teams })).toMatchObject({
    kind: "later",
    because: "teams is not connected here",
  });
  expect(await courier.deliver({ tenant, conversationId: newId() })).toEqual({ kind: "done", shown: 0, refused: 0 });
});

test("a thread that is not there yet begins with our first public message, and what follows goes into it", async () => {
  const { want, deliver, paper, conversationId } = await scene(store, "paper", "+command-1");
  await want("secret", "for ana alone", { privateTo: "ana", urgent: true });
  await want("a", "first");
  await want("b", "second");
  await deliver();
  const [secret, first, second] = paper.posts;
  expect([secret?.place.thread, first?.place.thread]).toEqual(["+command-1", "+command-1"]);
  expect(second?.place.thread).toBe(first?.ref);
  const place = { platform: "slack", channel: "paper", thread: first?.ref ?? "" } as const;
  expect(await threadAt(db, tenant, place)).toEqual({ thread: "+command-1", open: false });
  await want("c", "third");
  await deliver();
  expect(paper.posts.at(-1)?.place.thread).toBe(first?.ref);
  expect(await store.lease({ tenant, conversationId, holder: newId(), forMs: 1000 })).toMatchObject({ place });
});

test("what is urgent does not begin a thread in place of its first message, and both are shown at once", async () => {
  const { want, deliver, paper } = await scene(store, "paper", "+incident-1");
  paper.pace = { burst: 0, everyMs: 60_000 };
  await want("opened", "search is broken");
  await want("status", "looking");
  await want("gate", "approve this", { urgent: true });
  expect(await deliver()).toMatchObject({ kind: "later" });
  expect(paper.texts()).toEqual(["search is broken", "approve this"]);
  expect(paper.posts[1]?.place.thread).toBe(paper.posts[0]?.ref);
});

test("what turns text around or hides in it is not shown", async () => {
  const { want, deliver, paper } = await scene();
  const fields = [{ label: "File", value: "abc\u202egnp.exe" }];
  await want("a", { text: "zero\u200bwidth", fields, buttons: [{ label: "go\u2066", style: "default", say: "help" }] });
  await deliver();
  expect(paper.posts[0]?.view).toEqual({
    text: "zerowidth",
    fields: [{ label: "File", value: "abcgnp.exe" }],
    buttons: [{ label: "go", style: "default", say: "help" }],
  });
});

test("what one person alone may see is not shown where that person is not", async () => {
  const { want, deliver, paper } = await scene();
  await want("a", "only dora", { privateTo: "dora" });
  expect(await deliver()).toEqual({ kind: "done", shown: 0, refused: 1 });
  expect(paper.posts).toEqual([]);
});

test("a channel gets a burst and then one message at a time; what is urgent does not wait", async () => {
  const { want, deliver, paper } = await scene(store, "paper");
  paper.pace = { burst: 2, everyMs: 60_000 };
  for (const key of ["a", "b", "c"]) await want(key, key);
  expect(await deliver()).toMatchObject({ kind: "later", because: "slack wants it slower" });
  expect(paper.texts()).toEqual(["a", "b"]);
  await want("c", "c, as it is now");
  await want("gate", "approve this", { urgent: true });
  await deliver();
  expect(paper.texts()).toEqual(["a", "b", "approve this"]);
  paper.pace = { burst: 2, everyMs: 0.001 };
  await deliver();
  expect(paper.texts()).toEqual(["a", "b", "approve this", "c, as it is now"]);
  expect(paper.finds).toEqual([]);
});

chatAdapterContract("paper", async () => {
  const paper = new PaperPlatform();
  const sheet = (body: unknown, user = "U1") => ({ tenant, at: new Date(0), headers: { user }, body });
  return {
    adapter: paper,
    tenant,
    place: { platform: "slack", channel: "paper", thread: "" },
    ana: "ana",
    ben: "ben",
    thread: "1.0",
    look: async (viewer) =>
      paper.posts
        .filter((each) => each.privateTo === null || each.privateTo === viewer)
        .map(({ ref, place, view: { picture: _, ...view }, picture }) => ({
          ref,
          thread: place.thread === "" ? null : place.thread,
          view,
          ...(picture && { picture: { alt: picture.alt, png: picture.image } }),
        })),
    refusePictures: () => {
      paper.takesPictures = false;
    },
    alive: async () => ({ pings: [], links: [] }),
    trouble: {
      limit: () => {
        paper.duringPost = async () => {
          paper.duringPost = async () => {};
          throw new Fault("platform-busy", "Not so fast", { retryAfterMs: 1000 });
        };
      },
      away: (is) => {
        paper.down = is ? new Fault("platform-busy", "There is no paper", { retryAfterMs: 1000 }) : null;
      },
    },
    deliveries: {
      message: sheet({ id: "1", text: "restart api" }),
      command: sheet({ id: "2", text: "/steward restart api" }),
      reply: sheet({ id: "3", text: "yes", thread: "1.0" }),
      press: sheet({ id: "4", press: "T" }),
      form: sheet({ id: "7", press: "T", values: { reason: "busy" } }),
      picture: sheet({ id: "8", drawing: "dog" }),
      unsupported: sheet({ id: "5", drawing: "cat" }),
      forged: sheet({ id: "6", text: "restart api" }, ""),
    },
    async [Symbol.asyncDispose]() {},
  };
});
