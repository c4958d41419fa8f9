import type { Settings } from "./config/settings.ts";
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
