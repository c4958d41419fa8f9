import { ComponentType, InteractionResponseType, InteractionType, MessageFlags } from "discord.js";
import { z } from "zod";
import type { View } from "../../messages/adapter.ts";
import type { Taken } from "../../messages/platform.ts";
import { type Api, codeOf, codes } from "./api.ts";
import { bodyOf, type Component } from "./components.ts";
import { modal } from "./modal.ts";
import { fullView, type Pressed, sentence } from "./render.ts";

/** What an interaction needs to be answered. */
export const Answerable = z.object({
  id: z.string(),
  type: z.number(),
  token: z.string(),
  application_id: z.string(),
  guild_id: z.string().optional(),
});
export type Answerable = z.output<typeof Answerable>;

/** Discord gives up on an interaction after 3 seconds; before that we say that it will take a little longer. */
const deferAfterMs = 1800;
const ephemeral = MessageFlags.Ephemeral;
/** Answered elsewhere, or too late: whoever pressed was told so by Discord. */
const tooLate: readonly number[] = [codes.unknownInteraction, 40060];

/** What is shown to whoever acted, and to nobody else. */
export type Answer =
  | { readonly kind: "message"; readonly pages: readonly object[] }
  | { readonly kind: "modal"; readonly form: object }
  | { readonly kind: "nothing" };

/** A whole card, for whoever wants to read it before they decide; null is a card that is gone. */
export function wholeOf(pressed: Pressed, view: View | null, address: (path: string) => string): Answer {
  if (view === null) return { kind: "message", pages: [sentence("This card is no longer open.")] };
  const where = view.link === undefined ? "in Steward's own pages" : `at ${address(view.link)}`;
  const tooLong = sentence(`This is too long for Discord. Read it and decide ${where}`);
  return { kind: "message", pages: fullView(view, pressed) ?? [tooLong] };
}

/** Offers up to 25 requests for what was typed so far: the words themselves first, then examples that have all of them. */
export async function suggest(api: Api, to: Answerable, typed: string, examples: readonly string[]): Promise<void> {
  const said = typed.replace(/\s+/g, " ").trim();
  const words = said.toLowerCase().split(" ");
  const fitting = examples.filter((example) => words.every((word) => example.toLowerCase().includes(word)));
  const offered = [...new Set([...(said === "" ? [] : [said]), ...fitting])].filter((each) => each.length <= 100);
  const choices = offered.slice(0, 25).map((name) => ({ name, value: name }));
  await callBack(api, to, { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices } });
}

/**
 * Answers an interaction with what became of it. A form must be the very first answer, so nothing is said before it is
 * known what to say, unless that takes long: then "thinking" comes first, and a form becomes a button that opens it.
 */
export async function respond(api: Api, to: Answerable, work: Promise<Answer>): Promise<void> {
  const failed = {
    kind: "message",
    pages: [sentence("This could not be recorded, so nothing was done. Try it again.")],
  };
  const settled = work.catch((error: Error) => error);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deferAfterMs);
  });
  const first = await Promise.race([settled, late]);
  clearTimeout(timer);
  const deferred = first === null;
  if (deferred) {
    const type = InteractionResponseType.DeferredChannelMessageWithSource;
    await callBack(api, to, { type, data: { flags: ephemeral } });
  }
  const known = await settled;
  await say(api, to, known instanceof Error ? (failed as Answer) : known, deferred);
  if (known instanceof Error) throw known;
}

async function say(api: Api, to: Answerable, what: Answer, deferred: boolean): Promise<void> {
  const followUps = `/webhooks/${to.application_id}/${to.token}` as const;
  if (!deferred && what.kind === "modal")
    return callBack(api, to, { type: InteractionResponseType.Modal, data: what.form });
  if (!deferred && what.kind === "nothing")
    return callBack(api, to, { type: InteractionResponseType.DeferredMessageUpdate });
  const pages = what.kind === "message" ? what.pages : [what.kind === "modal" ? opener(what.form) : sentence("Taken.")];
  for (const [index, page] of pages.entries()) {
    const body = { ...page, flags: (page as { flags: number }).flags | ephemeral };
    if (index > 0) await tolerant(api.call("post", followUps, z.unknown(), { body, open: true }));
    else if (deferred)
      await tolerant(api.call("patch", `${followUps}/messages/@original`, z.unknown(), { body, open: true }));
    else await callBack(api, to, { type: InteractionResponseType.ChannelMessageWithSource, data: body });
  }
}

/** What somebody is told of what became of it. */
export function answerTo(taken: Taken, to: Answerable): Answer {
  const one = (text: string): Answer => ({ kind: "message", pages: [sentence(text)] });
  switch (taken.kind) {
    case "stored":
      if (to.type === InteractionType.MessageComponent) return { kind: "nothing" };
      return one("Taken. The answer comes as a message here.");
    case "silent":
      return { kind: "nothing" };
    case "stranger":
    case "decided":
    case "refused":
    case "missing":
      return one(taken.sentence);
    case "unsupported":
      return one(taken.because);
    case "forged":
      return one("No.");
    case "form": {
      const form = modal(taken.form);
      return form === null
        ? one("This asks for more than a form of Discord can hold. Decide it in Steward's own pages.")
        : { kind: "modal", form };
    }
  }
}

/** The same token again, on a button of its own: pressed once more, the form opens at once. */
function opener(form: object): object {
  const { custom_id, title } = form as { custom_id: string; title: string };
  const button: Component = { type: ComponentType.Button, style: 1, label: title, custom_id };
  const asking = sentence("One thing is needed first.");
  return bodyOf([...asking.components, { type: ComponentType.ActionRow, components: [button] }]);
}

async function callBack(api: Api, { id, token }: Answerable, body: object): Promise<void> {
  await tolerant(api.call("post", `/interactions/${id}/${token}/callback`, z.unknown(), { body, open: true }));
}

async function tolerant(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!tooLate.includes(codeOf(error) ?? Number.NaN)) throw error;
  });
}
