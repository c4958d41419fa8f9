import type { Button, Card } from "../domain/card.ts";
import type { Intent } from "../domain/incoming.ts";
import type { IntentSpec } from "../domain/intent.ts";
import { shorten } from "../domain/text.ts";
import { isAboutSteward, matterOf } from "../recognize/plea.ts";
import { help, helpByKind, isForeign, labelFor, type Recognition } from "../recognize/recognize.ts";
import type { SmallTalk } from "../recognize/small-talk.ts";
import { longestSaid } from "./letter.ts";

const helpButton: Button = { label: "help", style: "default", say: "help" };
/** What examples call a run: there is none of that name. */
const anyRun = "R-ABC123";

/** For a decision in words. */
export const decisions: Card = {
  text: "Press the button on the card: a decision is bound to what it shows.",
  buttons: [{ label: "what waits for me?", style: "default", say: "/steward what waits for me?" }],
};

/** For what somebody else shall be told or reminded of, alone. `instead` reminds whoever says it. */
export function toOnePerson(instead: string | null): Card {
  if (instead === null)
    return {
      text: "I write to channels and audiences, and remind only whoever asks me: nobody was told anything. Write to them yourself, or say “tell” and a channel.",
      buttons: [helpButton],
    };
  return {
    text: "I remind only whoever asks me, so nobody will be. Shall I remind you?",
    buttons: [{ label: shorten(instead, 70), style: "default", say: `/steward ${instead}` }],
  };
}

/** For access that somebody else is to have. */
export function accessOfOthers(name: string): Card {
  return {
    text: `Everybody asks for their own access, so nothing was asked for. ${name} can write, such as “I need read access to billing for 2 hours”.`,
    buttons: [helpButton],
  };
}

/** For a yes or a no to nothing. */
export const nothingAsked: Card = {
  text: "I have not asked anything here, so nothing was done.",
  buttons: [helpButton],
};

/** What is said to those who want nothing. */
export const smallTalk: Readonly<Record<SmallTalk, Card>> = {
  thanks: { text: "You are welcome." },
  sorry: { text: "No harm done." },
  insult: { text: "I am sorry that I was of no use. Press help to see what I can do.", buttons: [helpButton] },
  praise: { text: "Glad to hear it." },
  goodbye: { text: "Goodbye. What I keep an eye on goes on meanwhile." },
  greeting: { text: "Hello. Write what you need, or press help to see what you can ask.", buttons: [helpButton] },
};

/** For what asks for nothing that Steward can do and does not look like a request for help either: people are asked only when its writer says so. */
export function askedFirst(text: string, channels: readonly string[]): Card {
  const where = channels.length === 0 ? "" : ` in ${channels.join(" and ")}`;
  const matter = matterOf(text);
  const what =
    matter !== null
      ? pages[matter].text
      : isAboutSteward(text)
        ? "I am Steward, a program: I do what stands under help, and nothing risky before people have said yes."
        : "I cannot do that myself, so nothing was done.";
  return {
    text: `${what} Shall I put it to people${where}?`,
    buttons: [personButton("Put it to people", text)],
    ...(matter !== null && { link: pages[matter].link }),
  };
}

/** Where Steward keeps what people ask about. */
const pages = {
  record: {
    text: "What was done, by whom and by whose leave stands on the page Runs, and in the audit for managers and auditors.",
    link: "/runs",
  },
  runs: { text: "What was asked for, and how it stands, is on the page Runs.", link: "/runs" },
  costs: { text: "What models have cost stands on the page Systems, for managers and auditors.", link: "/systems" },
} as const;

/**
 * For what sounds like a command and is none; `others` can be asked about what it names, and `plan` has a plan made of it. Who tells of
 * trouble has ordered nothing.
 */
export function cannot(
  text: string,
  others: readonly string[] = [],
  { plan = null, isTrouble = false }: { readonly plan?: string | null; readonly isTrouble?: boolean } = {},
): Card {
  if (isForeign(text))
    return {
      text: "I read English only, so nothing was done. Write it in English, or ask a person.",
      buttons: [helpButton, personButton("Ask a person", text)],
    };
  const what = others.length > 0 ? " Below is what can be asked about it." : "";
  const planned = plan === null ? "" : " I can work out a plan for all of it and show it to you, which begins nothing.";
  return {
    text:
      isTrouble && others.length > 0
        ? `Nothing was done yet.${planned}${what}`
        : `I cannot do that as you wrote it; nothing was done.${planned}${what}`,
    buttons: [
      ...planButtons(plan),
      ...others.slice(0, plan === null ? 3 : 2).map((say): Button => ({ label: say, style: "default", say })),
      helpButton,
      personButton("Ask a person", text),
    ],
  };
}

/** The button that has a plan made, where one can be. */
export function planButtons(plan: string | null): readonly Button[] {
  return plan === null ? [] : [{ label: shorten(plan, 70), style: "default", say: plan }];
}

/** A button that takes what was written to people. */
export function personButton(label: string, text: string): Button {
  return { label, style: "default", say: `ask a person about ${text.slice(0, longestSaid)}` };
}

/** What is said to a text that starts nothing. */
export function cardFor(intents: readonly IntentSpec[], heard: Exclude<Recognition, { kind: "intent" }>): Card {
  switch (heard.kind) {
    case "help":
      return {
        title: "What you can ask",
        text: "Write it as it stands here, or press one.",
        fields: [
          ...helpByKind(intents).map(({ label, says }) => ({ label, value: says.join(" · ") })),
          { label: "Be known on another platform too, or take an account off again", value: "link · unlink" },
        ],
        // What goes to people is written by whoever needs it.
        buttons: help(intents.filter(({ otherwise }) => otherwise === undefined))
          .filter(({ example }) => example !== "help" && !example.includes(anyRun))
          .slice(0, 5)
          .map(({ example }) => ({ label: example, style: "default", say: example })),
        link: "/help",
      };
    case "incomplete": {
      const [first] = heard.missing;
      const spec = intents.find(({ name }) => name === heard.intent.name);
      // What may be left out and was said wrongly is spoken of first, and what is needed is asked for.
      const needed = heard.missing.find(
        ({ param }) => spec?.params.shape[param]?.safeParse(undefined).success === false,
      );
      const asked = needed ?? first;
      const question = first?.question ?? "Something is missing.";
      const example = first?.form ?? spec?.examples[0] ?? "help";
      const all = first?.choices ?? [];
      const names = all.length > 5 ? ` There are: ${all.map(({ value }) => value).join(", ")}.` : "";
      return {
        ...(asked && { gap: { intent: heard.intent.name, said: wordsIn(heard.intent), param: asked.param } }),
        text: first?.choices
          ? `${question}${names}${leaving(heard.leftOut)}`
          : `${question} Say it in one sentence, such as “${example}”.`,
        buttons: (first?.choices ?? []).slice(0, 5).map(({ value, say }) => ({ label: value, style: "default", say })),
      };
    }
    case "didYouMean":
      return {
        text: `Did you mean one of these? Nothing was done yet.${leaving(heard.leftOut)}`,
        buttons: heard.suggestions.map((text) => ({ label: labelFor(text, intents), style: "default", say: text })),
      };
    case "unknown":
      return {
        text: "I did not understand that, so nothing was done. Here is what you can ask.",
        buttons: [helpButton],
      };
  }
}

function wordsIn({ params }: Intent): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

/** What pressing one of these would leave out of what was said. */
function leaving(words: readonly string[] = []): string {
  const quoted = words.map((each) => `“${each}”`).join(" and ");
  return words.length === 0 ? "" : ` What you press begins at once and leaves out ${quoted}.`;
}
