import type { Card } from "../domain/card.ts";
import type { Sender } from "../messages/adapter.ts";
import type { Batch } from "../orchestrator/batch.ts";
import type { Statements } from "../orchestrator/queue.ts";

/** An account of a person; one from steward.yaml is only taken off there. */
export interface Account extends Sender {
  readonly source: "steward.yaml" | "linked";
}

/** A person's accounts on chat platforms. */
export type AccountsOf = (on: Statements, tenant: string, personId: string) => Promise<readonly Account[]>;

const title = "Your accounts";

/** Which account a text wants taken off, as "platform user"; "" only asks which there are; null is about something else. */
export function aboutUnlinking(text: string): string | null {
  const said = /^unlink(?:\s+(?:me|my\s+accounts?|an\s+account|((?:slack|teams|discord)\s+\S+)))?$/i.exec(text);
  return said && (said[1] ?? "").replace(/\s+/g, " ").toLowerCase();
}

/**
 * Takes an account off its person, within the caller's transaction and on record; from then on it is nobody's. Without one
 * it says which there are. Returns what to tell the person.
 */
export async function unlink(batch: Batch, accountsOf: AccountsOf, personId: string, which: string): Promise<Card> {
  const accounts = await accountsOf(batch.reads, batch.tenant, personId);
  const linked = accounts.filter(({ source }) => source === "linked");
  if (which === "") return list(accounts, linked);
  const meant = accounts.filter((account) => nameOf(account).toLowerCase() === which);
  const gone = linked.filter((account) => meant.includes(account));
  if (meant.length === 0) return { title, text: "That is no account of yours, so nothing was changed." };
  if (gone.length === 0)
    return {
      title,
      text: "That account is yours by steward.yaml: only whoever runs me can take it off, there. Nothing was changed.",
    };
  for (const { platform, workspace, userId } of gone) {
    batch.writes.identitiesGone.push({ personId, platform, workspace, userId });
    const about = { person: personId, platform, workspace, user: userId };
    await batch.record("admin", "identity.unlinked", personId, about);
  }
  return { title, text: `${gone.map(inWords).join(" and ")} is not you any more. To undo it, link it again.` };
}

function list(accounts: readonly Account[], linked: readonly Account[]): Card {
  if (accounts.length === 0)
    return { title, text: "I know you on no other platform, so there is nothing to take off." };
  return {
    title,
    text:
      linked.length === 0
        ? "All of these come from steward.yaml: only whoever runs me can take one off."
        : "Which one is not to be you any more? Nothing was changed yet.",
    fields: accounts.map((account) => ({
      label: inWords(account),
      value: account.source === "linked" ? "you linked it" : "from steward.yaml",
    })),
    buttons: linked.slice(0, 5).map((account) => ({
      label: `Take off ${inWords(account)}`,
      style: "danger",
      say: `/steward unlink ${nameOf(account)}`,
    })),
  };
}

function nameOf({ platform, userId }: Sender): string {
  return `${platform} ${userId}`;
}

function inWords({ platform, userId }: Sender): string {
  return `${platform} user ${userId}`;
}
