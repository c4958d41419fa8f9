import { randomInt } from "node:crypto";
import type { Card } from "../domain/card.ts";
import { isId } from "../domain/ids.ts";
import type { Sender } from "../messages/adapter.ts";
import type { Batch } from "../orchestrator/batch.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import type { Statements } from "../orchestrator/queue.ts";
import type { Rejection } from "./refuse.ts";

/** Whether an account is a person's: it was asked in that conversation, and is somebody's already or nobody's. */
export interface LinkQuestion {
  readonly who: Sender;
  readonly conversationId: string;
  readonly owner: string | null;
}

/** Where links wait. A code leads to one link, while that is young and nobody else has typed it. */
export interface LinkStore {
  ask(link: {
    readonly tenant: string;
    readonly id: string;
    readonly personId: string;
    readonly code: string;
    readonly conversationId: string;
    readonly forMs: number;
  }): Promise<void>;
  /** Notes who typed the code; null when no link waits for it. */
  claim(claim: { readonly tenant: string; readonly code: string; readonly who: Sender }): Promise<{
    readonly id: string;
    readonly personId: string;
    readonly conversationId: string;
    /** The account it was asked for with. */
    readonly account: string | null;
  } | null>;
  /** What a person's link asks them; null while nobody has typed its code, when it is over, or too old. */
  question(
    on: Statements,
    link: { readonly tenant: string; readonly id: string; readonly personId: string },
  ): Promise<LinkQuestion | null>;
}

const forMs = 10 * 60_000;
const letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A code of 8 letters and digits that are not mistaken for each other: 39 bits, for ten minutes. */
function newCode(): string {
  const text = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join("");
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

const code = new RegExp(`^link\\s+[${letters}]{4}-?[${letters}]{4}$`, "i");

/** What somebody means by a text that is about links; null when it is about something else. */
export function aboutLinks(
  text: string,
):
  | { readonly kind: "ask" }
  | { readonly kind: "code" }
  | { readonly kind: "settle"; readonly id: string; readonly yes: boolean }
  | null {
  if (/^link(?:\s+(?:me|my\s+accounts?|another\s+account))?$/i.test(text)) return { kind: "ask" };
  const settled = /^link\s+(confirm|refuse)\s+(\S+)$/i.exec(text);
  if (!settled || !isId(settled[2] ?? "")) return code.test(text) ? { kind: "code" } : null;
  return { kind: "settle", id: settled[2] ?? "", yes: settled[1]?.toLowerCase() === "confirm" };
}

/** One person, several platforms: a code shown on the side that is known, typed on the other, confirmed on the first. */
export interface Links {
  /** Begins a link; the card is for the person alone. */
  ask(asked: {
    readonly tenant: string;
    readonly id: string;
    readonly personId: string;
    readonly conversationId: string;
  }): Promise<Card>;
  /** Somebody nobody knows typed a code. Returns what to tell them. */
  claim(tenant: string, who: Sender, typed: string): Promise<string>;
  /**
   * The person's answer to "is that you?", within the caller's transaction: what changes, its record and the question's new
   * look. Returns what to tell them.
   */
  settle(
    batch: Batch,
    answer: { readonly id: string; readonly personId: string; readonly yes: boolean },
  ): Promise<Card>;
}

export function createLinks(store: LinkStore, kernel: Kernel, refuse: (rejection: Rejection) => Promise<void>): Links {
  return {
    async ask(asked) {
      const code = newCode();
      await store.ask({ ...asked, code, forMs });
      return {
        title: "Link another account",
        text: `On the other platform, write this to me within 10 minutes: link ${code}`,
        outcome: "Then I ask you here whether that was you.",
      };
    },

    async claim(tenant, who, typed) {
      const claimed = await store.claim({ tenant, code: typed.toUpperCase(), who });
      if (claimed === null) {
        await refuse({
          tenant,
          stream: "auth",
          because: "link-code",
          by: null,
          door: who.platform,
          about: { user: who.userId, workspace: who.workspace },
        });
        return "This code is not known, or older than 10 minutes. Where I know you, write “link” to me for a new one.";
      }
      await kernel.do({
        tenant,
        actors: [],
        run: async (batch) =>
          batch.note(
            claimed.id,
            "link",
            claimed.conversationId,
            {
              ...questionAbout(who),
              buttons: [
                { label: "Yes, that is me", style: "primary", say: `/steward link confirm ${claimed.id}` },
                { label: "No", style: "danger", say: `/steward link refuse ${claimed.id}` },
              ],
            },
            { privateTo: claimed.personId, account: claimed.account, urgent: true },
          ),
      });
      return "Now confirm it where you asked for the code: I have put a question there.";
    },

    async settle(batch, { id, personId, yes }) {
      // What this batch writes cannot be read in it: the two come back one after the other.
      if (
        [...batch.writes.identities.map(({ linkId }) => linkId), ...batch.writes.linksGone.map((l) => l.id)].includes(
          id,
        )
      )
        throw new Error("Two answers to the same question are in one batch");
      const asked = await store.question(batch.reads, { tenant: batch.tenant, id, personId });
      if (asked === null) return { title, text: "There is no such question any more; nothing was changed." };
      const { who, conversationId, owner } = asked;
      const account = `${who.platform} user ${who.userId}`;
      const about = { person: personId, platform: who.platform, workspace: who.workspace, user: who.userId };
      const redraw = (outcome: string) =>
        batch.note(id, "link", conversationId, { ...questionAbout(who), outcome }, { privateTo: personId });
      if (owner === personId)
        return {
          title,
          text: yes
            ? `${account} is linked to you already.`
            : `${account} is linked to you already, and stays so. If it is not you, take it off at once: write “unlink ${who.platform} ${who.userId}” to me, and tell whoever runs me.`,
        };
      if (yes && owner === null) {
        batch.writes.identities.push({ linkId: id, personId, ...who });
        await batch.record("admin", "identity.linked", personId, about);
        redraw("You said yes");
        return { title, text: `${account} is you from now on: one person, one vote, wherever you press.` };
      }
      batch.writes.linksGone.push({ id, personId });
      await batch.record("admin", "identity.refused", personId, { ...about, because: yes ? "somebody-else" : "no" });
      redraw(yes ? "You said yes, and it is somebody else’s" : "You said no");
      return {
        title,
        text: yes
          ? `${account} is somebody else’s already, so nothing was changed. If it is you, tell whoever runs me.`
          : `${account} was not linked. If you did not type the code, tell whoever runs me.`,
      };
    },
  };
}

const title = "Is this you?";

/** The question without its buttons. */
function questionAbout({ platform, workspace, userId }: Sender): Card {
  return {
    title,
    text: `Somebody in ${platform} wants to be known as you. Say yes only if you typed the code there yourself: they could approve in your name.`,
    fields: [
      { label: "Platform", value: platform },
      { label: "Workspace", value: workspace || "–" },
      { label: "User", value: userId },
    ],
  };
}
