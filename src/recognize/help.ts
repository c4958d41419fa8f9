import type { IntentSpec, Kind } from "../domain/intent.ts";

/** What can be asked, for people: one line for each intent that is no answer. */
export function help(
  intents: readonly IntentSpec[],
): readonly { readonly summary: string; readonly example: string }[] {
  return intents
    .filter((spec) => !spec.answer && !spec.hidden)
    .map((spec) => ({ summary: spec.summary, example: exampleOf(spec) }));
}

/** In the order in which people read them. */
const kinds: Readonly<Record<Kind, string>> = {
  services: "Restart a service, see how it is, or change how it runs",
  work: "See how things stand, and what was done",
  access: "Get access for a while",
  messages: "Tell people something",
  people: "Get help from the handbook or from people",
  yourself: "For yourself",
};
const more = "What else there is here";
const answered = "In answer to something open, in its thread";

/** The same, and what answers something that is open, in a few lines: of each kind what it is for and how all of it is said. */
export function helpByKind(
  intents: readonly IntentSpec[],
): readonly { readonly label: string; readonly says: readonly string[] }[] {
  const listed = intents.filter(({ hidden }) => !hidden);
  const asked = listed.filter(({ answer }) => !answer);
  const lines = [
    ...Object.entries(kinds).map(([kind, label]) => ({ label, of: asked.filter((spec) => spec.kind === kind) })),
    { label: more, of: asked.filter(({ kind }) => kind === undefined) },
    { label: answered, of: listed.filter(({ answer }) => answer) },
  ];
  return lines.filter(({ of }) => of.length > 0).map(({ label, of }) => ({ label, says: of.map(exampleOf) }));
}

function exampleOf({ name, examples }: IntentSpec): string {
  return examples[0] ?? name;
}
