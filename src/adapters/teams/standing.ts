import { Fault } from "../../domain/fault.ts";
import type { Sender } from "../../messages/adapter.ts";
import type { Standing } from "../../messages/platform.ts";
import type { Member, TeamsPort } from "./port.ts";
import type { References } from "./references.ts";

const patienceMs = 5_000;

export interface StandingParts {
  readonly port: () => Promise<TeamsPort>;
  readonly references: Pick<References, "user">;
}

/**
 * Asks Teams for the roster entry of somebody, in the conversation where they were seen last. Whoever was never seen, or
 * is no longer there, is an outsider. Teams' own groups are not read.
 */
export function createStanding({ port, references }: StandingParts): (who: Sender) => Promise<Standing> {
  return async (who) => {
    const known = await references.user(who.userId);
    if (known === null) return { kind: "outsider", groups: [] };
    const { serviceUrl, conversation, id } = known;
    const at = { serviceUrl, signal: AbortSignal.timeout(patienceMs) };
    try {
      return { kind: kindOf(await (await port()).member(at, conversation, id), who), groups: [] };
    } catch (error) {
      if (error instanceof Fault && error.retryAfterMs !== null) throw error;
      throw new Fault("platform-busy", `Teams does not say who ${who.userId} is: ${(error as Error).message}`, {
        cause: error,
        retryAfterMs: patienceMs,
      });
    }
  };
}

/** Only "user" of our own tenant is a member; what is not said counts against it. */
export function kindOf(member: Member | null, { userId, workspace }: Sender): Standing["kind"] {
  if (member === null || member.aadObjectId !== userId) return "outsider";
  if (member.id.startsWith("28:")) return "bot";
  if (member.tenantId !== workspace) return "outsider";
  const isGuest = member.userRole !== "user" || /#EXT#/i.test(member.userPrincipalName ?? "");
  return isGuest ? "guest" : "member";
}
