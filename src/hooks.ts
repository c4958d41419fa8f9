import type { StewardYaml } from "./config/schema.ts";
import type { Settings } from "./config/settings.ts";
import type { Person } from "./domain/incoming.ts";
import type { Hook, HookIntake } from "./inbox/hook.ts";
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
export function ownerIn(yaml: StewardYaml, texts: readonly string[]): Person | null {
  return ownersIn(yaml, texts)[0] ?? null;
}

/** Everybody whose it is that one of these names, in the order of steward.yaml. */
export function ownersIn({ owners, people }: StewardYaml, texts: readonly string[]): Person[] {
  const words = new Set(texts.flatMap((text) => text.toLowerCase().split(/[^\p{L}\p{N}_-]+/u)));
  const ids = owners.filter(({ of }) => texts.includes(of) || words.has(of.toLowerCase())).map(({ person }) => person);
  return [...new Set(ids)].flatMap((id) => {
    const person = people.find((one) => one.id === id);
    return person === undefined ? [] : [{ ...person, managerId: person.manager ?? null, active: true }];
  });
}

/** The trial company's alerting is heard through the very door that Alertmanager has. */
export async function tellAsAlertmanager(
  { hooks, take }: { readonly hooks: readonly Hook[]; readonly take: HookIntake },
  { webhooks }: Pick<Settings, "webhooks">,
  tenant: string,
  body: string,
): Promise<void> {
  const hook = hooks.find(({ name }) => name === "alertmanager");
  const token = webhooks?.alertmanagerToken ?? null;
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  if (hook) await take(hook, { tenant, headers, body, fromHere: true, minute: Math.floor(Date.now() / 60_000) });
}
