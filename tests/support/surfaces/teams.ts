import { cardOf, wordsOf } from "../../../rigs/teams/client.ts";
import type { Loose, Room, Shown, User } from "../../../rigs/teams/rooms.ts";
import { startTeams, type TeamsRig } from "../../../rigs/teams/server.ts";
import type { Name, Read, Surface } from "../surface.ts";
import { names } from "../surface.ts";

/** A local Teams, unsigned as in trial mode: the settings have no addresses of Microsoft's to replace. */
export async function openTeams({
  strangers = [],
}: {
  readonly strangers?: readonly Name[];
} = {}): Promise<Surface & { readonly rig: TeamsRig; readonly users: Readonly<Record<Name, User>> }> {
  const rig = await startTeams({ signed: false });
  const { tenantId } = rig.app;
  const users = Object.fromEntries(
    names.map((name) => [name, rig.rooms.user(name, tenantId, name === "eve" ? "guest" : "user")]),
  ) as Record<Name, User>;
  const rooms = Object.fromEntries(
    ["ops", "approvals", "help-needed"].map((name) => [name, rig.rooms.room("channel", Object.values(users))]),
  );
  let last: Shown | null = null;

  const roomOf = (name: string): Room => {
    const room = rooms[name];
    if (room === undefined) throw new Error(`Teams has no channel ${name}`);
    return room;
  };
  const inThread = (shown: Shown) => shown === last || (shown.room === last?.room && shown.thread === last?.id);
  const at = (viewer: Name, where?: { readonly in: string }) =>
    rig.rooms
      .seenBy(users[viewer])
      .filter((shown) => (where ? shown.room === roomOf(where.in) && shown.thread === null : inThread(shown)));

  const looks = (viewer: Name, where?: { readonly in: string }) =>
    Promise.all(at(viewer, where).map((shown) => rig.client.look(users[viewer], shown)));

  return {
    rig,
    users,
    platform: "teams",
    chat: { teams: { app: null } },
    identities: Object.fromEntries(
      names
        .filter((name) => !strangers.includes(name))
        .map((name) => [name, { workspace: tenantId, user: users[name].aadObjectId }]),
    ),
    channels: Object.fromEntries(Object.entries(rooms).map(([name, { id }]) => [name, id])),
    async begin(url) {
      rig.client.endpoint = `${url}/api/messages`;
    },
    async asks(person, text, where) {
      last = await rig.client.say(users[person], roomOf(where.in), text);
    },
    async opens(viewer, words, where) {
      await looks(viewer, where);
      const found = at(viewer, where).findLast((shown) => words.test(toRead(shown, users[viewer]).words));
      if (!found) throw new Error(`${viewer} sees no message ${words}`);
      last = found;
    },
    async replies(person, text) {
      if (last === null) throw new Error("No thread was begun");
      // Teams tells a bot of replies in a channel only when it is named.
      await rig.client.say(users[person], last.room, text, { thread: last.id });
    },
    async presses(person, label, { in: channel, reason, values = reason === undefined ? undefined : { reason } } = {}) {
      const user = users[person];
      await looks(person, channel === undefined ? undefined : { in: channel });
      const shown = at(person, channel === undefined ? undefined : { in: channel }).findLast((each) =>
        labelsOf(cardOf(each, user)).includes(label),
      );
      if (shown === undefined) throw new Error(`${person} sees no button “${label}”`);
      const { sentence } = await rig.client.press(user, shown, label);
      if (values === undefined || sentence !== null) return sentence;
      return (await rig.client.press(user, shown, label, { inputs: values })).sentence;
    },
    async reads(viewer, where) {
      await looks(viewer, where);
      return at(viewer, where).map((shown) => toRead(shown, users[viewer]));
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

function labelsOf(card: Loose): string[] {
  return (card?.actions ?? []).filter(({ type }: Loose) => type === "Action.Execute").map(({ title }: Loose) => title);
}

function toRead(shown: Shown, viewer: User): Read {
  const card = cardOf(shown, viewer);
  const words = card === undefined ? [shown.activity.text] : wordsOf(card);
  return { words: words.join("\n"), buttons: labelsOf(card) };
}
