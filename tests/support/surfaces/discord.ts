import { LocalDiscord, type Message, type User } from "../../../rigs/discord/discord.ts";
import { buttonsOf, wordsOf } from "../../../rigs/discord/read.ts";
import { type Name, names, type Read, type Surface } from "../surface.ts";

/** A server of a local Discord, over its real protocol: gateway, REST, interactions. */
export async function openDiscord({
  strangers = [],
}: {
  /** People of the server whom steward.yaml does not know there. */
  readonly strangers?: readonly Name[];
} = {}): Promise<Surface & { readonly discord: LocalDiscord; readonly users: Readonly<Record<Name, User>> }> {
  const discord = await LocalDiscord.open();
  const users = Object.fromEntries(names.map((name) => [name, discord.addUser(name)])) as Record<Name, User>;
  const channels = Object.fromEntries(
    ["ops", "approvals", "help-needed"].map((name) => [name, discord.addChannel(name).id]),
  );
  let last = "";
  const idOf = (name: string) => channels[name] ?? "";
  const messages = (viewer: Name, where?: { readonly in?: string | undefined }): readonly Message[] =>
    where?.in !== undefined
      ? discord.seen(users[viewer], idOf(where.in))
      : discord.channels.has(last)
        ? discord.seen(users[viewer], last)
        : [];

  return {
    discord,
    users,
    platform: "discord",
    chat: { discord: { token: discord.token, apiUrl: discord.apiUrl } },
    identities: Object.fromEntries(
      names
        .filter((name) => !strangers.includes(name))
        .map((name) => [name, { workspace: discord.guildId, user: users[name].id }]),
    ),
    channels,
    async begin() {
      await discord.connected();
    },
    async asks(person, text, where) {
      last = discord.write(users[person], idOf(where.in), `<@${discord.botId}> ${text}`).id;
    },
    async opens(viewer, words, where) {
      const found = messages(viewer, where).findLast((message) => words.test(wordsOf(message)));
      if (!found) throw new Error(`${viewer} sees no message ${words}`);
      last = found.id;
    },
    async replies(person, text) {
      discord.write(users[person], last, text);
    },
    async presses(person, label, { in: where, reason, values: given = {} } = {}) {
      const card = messages(person, { in: where }).findLast((each) =>
        buttonsOf(each).some((one) => one.label === label),
      );
      if (card === undefined) throw new Error(`${person} sees no button “${label}”`);
      let shown = await discord.press(users[person], card, label);
      if (shown.modal) {
        const values = Object.fromEntries(
          shown.modal.components.map(({ component }) => [
            component?.custom_id,
            given[component?.custom_id ?? ""] ?? reason ?? "",
          ]),
        );
        shown = await discord.submit(users[person], card.channel_id, shown.modal, values);
      }
      return shown.messages.map(wordsOf).join("\n") || null;
    },
    reads: async (viewer, where) =>
      messages(viewer, where)
        .filter(({ onlyFor }) => onlyFor === undefined)
        .map(toRead),
    [Symbol.asyncDispose]: () => discord.close(),
  };
}

function toRead(message: Message): Read {
  const buttons = buttonsOf(message).filter(({ url }) => url === undefined);
  return { words: wordsOf(message), buttons: buttons.map(({ label }) => label) };
}
