import { formatDuration } from "../domain/duration.ts";
import type { Person } from "../domain/incoming.ts";
import type { Gate, Vote } from "./gate.ts";
import type { Escalation } from "./policy.ts";
import { tally } from "./tally.ts";

/** A gate before it is asked, and everybody who is known to hold a role it asks for now: active members, barred or not. */
type Asked = Pick<Gate, "policy" | "barred"> & {
  readonly holders: readonly Person[];
  readonly manager: { readonly id: string; readonly name: string } | null;
};

/**
 * Why nobody could approve this even if everybody did who may, with what can be done about it, as sentences; null when it can
 * be approved. Somebody who gets the role later can: roles are read when people answer.
 */
export function whyUnanswerable({ policy, barred, holders, manager }: Asked): string | null {
  const votes = holders.map(approval);
  const result = tally({ policy, barred, votes, escalatedTo: [], subjectHash: "" });
  if (result.kind !== "pending") return null;
  const roles = policy.require
    .map(({ role }) => role)
    .filter((role) => result.missing.some((one) => one.endsWith(` ${role}`)));
  const own = holders.filter(({ id, roles: held }) => barred.includes(id) && roles.some((role) => held.includes(role)));
  const names = own.map(({ name }) => name).join(" and ");
  const why =
    own.length > 0
      ? `${names} may not approve what is their own wish`
      : `nobody else is known to have ${roles.length > 1 ? "those roles" : "that role"}`;
  const later = policy.escalate.flatMap((step) => added(step, barred, manager) ?? []).slice(0, 1);
  return [
    `As it stands nobody can approve this: it lacks ${result.missing.join(" and ")}, and ${why}.`,
    `An administrator can give the role ${roles.join(" and ")} to somebody else, in steward.yaml or in the chat group that brings it; whoever has it can answer here.`,
    ...later,
  ].join(" ");
}

/** Whom an escalation will add, in words; null when it adds nobody. */
function added({ afterMs, to }: Escalation, barred: readonly string[], manager: Asked["manager"]): string | null {
  const after = `After ${formatDuration(afterMs)}`;
  if (to !== "manager-of-requester") return `${after} anyone with the role ${to.role} may approve it too.`;
  return manager === null || barred.includes(manager.id) ? null : `${after} ${manager.name} may approve it too.`;
}

function approval({ id, name, roles }: Person): Vote {
  return { person: { id, name, roles }, decision: "approve", reason: null, surface: "", subjectHash: "", at: "" };
}
