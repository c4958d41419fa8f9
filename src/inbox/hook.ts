import type { Incoming } from "../domain/incoming.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import { accept } from "./accept.ts";
import type { Rejection } from "./refuse.ts";

/** A request as a door got it, nothing in it believed yet. */
export interface HookDelivery {
  readonly tenant: string;
  /** Lower-case header names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sent from this very machine, and by no page in a browser. */
  readonly fromHere: boolean;
  /** When it arrived, in whole minutes: what says the same again within one is the same delivery. */
  readonly minute: number;
}

/** What a delivery turned out to be. */
export type Told =
  /** `again`: where the first is known already, that it was told once more. */
  | { readonly kind: "event"; readonly incoming: Incoming; readonly again?: Incoming }
  /** Proven, but nothing that anything here begins with: `what` names it. */
  | { readonly kind: "unsupported"; readonly what: string; readonly because: string }
  | { readonly kind: "malformed"; readonly sentence: string }
  | { readonly kind: "forged"; readonly because: string; readonly sentence: string };

/** A system that tells what happens at POST /api/webhooks/NAME. */
export interface Hook {
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  /** The events it tells. */
  readonly events: readonly string[];
  /** What to configure before anything is taken from it; null when it is. */
  readonly missing: string | null;
  read(delivery: HookDelivery): Promise<Told>;
}

export type HookOutcome =
  | { readonly kind: "stored"; readonly id: string; readonly duplicate: boolean }
  | Exclude<Told, { kind: "event" }>
  | { readonly kind: "missing"; readonly sentence: string };

export type HookIntake = (hook: Hook, delivery: HookDelivery) => Promise<HookOutcome>;

/** Takes what systems tell. When it returns "stored", the delivery cannot be lost; what is turned away is on record, sampled. */
export function createHookIntake(kernel: Kernel, refuse: (rejection: Rejection) => Promise<void>): HookIntake {
  return async (hook, delivery) => {
    if (hook.missing !== null) return { kind: "missing", sentence: hook.missing };
    const told = await hook.read(delivery);
    if (told.kind === "event") {
      const first = await accept(kernel, told.incoming);
      const again = first.duplicate && told.again ? await accept(kernel, told.again) : first;
      return { kind: "stored", ...again };
    }
    const because = told.kind === "forged" ? told.because : told.kind;
    const about = told.kind === "unsupported" ? { what: told.what.slice(0, 100) } : {};
    await refuse({ tenant: delivery.tenant, stream: "ingress", because, by: null, door: hook.name, about });
    return told;
  };
}
