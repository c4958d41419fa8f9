import type { Settings } from "./config/settings.ts";
import type { StewardYaml } from "./config/steward-yaml.ts";
import type { Person } from "./domain/incoming.ts";
import type { Hook } from "./inbox/hook.ts";
import { alertmanagerHook } from "./systems/alertmanager/incoming.ts";
import { githubHook } from "./systems/github/incoming.ts";

/** The systems that may tell us things, configured or not: a door that is not says what to configure. */
export function hooksOf({ webhooks, mode }: Pick<Settings, "webhooks" | "mode">): readonly Hook[] {
  return [
    alertmanagerHook(webhooks?.alertmanagerToken ?? null, mode === "trial"),
    githubHook(webhooks?.githubSecret ?? null),
  ];
}

/** Whose it is that one of these names: the first of steward.yaml's owners that stands in one of them as a word. */
export function ownerIn({ owners, people }: StewardYaml, texts: readonly string[]): Person | null {
  const words = new Set(texts.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}_-]+/u)));
  const owner = owners.find(({ of }) => texts.includes(of) || words.has(of.toLowerCase()));
  const person = people.find(({ id }) => id === owner?.person);
  return person === undefined ? null : { ...person, managerId: person.manager ?? null, active: true };
}
