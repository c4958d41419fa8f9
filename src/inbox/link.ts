import { randomInt } from "node:crypto";
import type { Card } from "../domain/card.ts";
import { isId } from "../domain/ids.ts";
import type { Sender } from "../messages/adapter.ts";
import type { Kernel } from "../orchestrator/kernel.ts";
import type { Rejection } from "./refuse.ts";

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
  claim(claim: {
    readonly tenant: string;
    readonly code: string;
    readonly who: Sender;
  }): Promise<{ readonly id: string; readonly personId: string; readonly conversationId: string } | null>;
  /** Who typed the code of this person's link; null while nobody has, or when it is too old. */
  claimed(link: { readonly tenant: string; readonly id: string; readonly personId: string }): Promise<Sender | null>;
  /** Makes the identity this person's. One that is somebody's already stays theirs. */
  confirm(link: { readonly tenant: string; readonly personId: string; readonly who: Sender }): Promise<void>;
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
  /** The person's answer to "is that you?". */
  settle(answer: {
    readonly tenant: string;
    readonly id: string;
    readonly personId: string;
    readonly yes: boolean;
  }): Promise<Card>;
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
              title: "Is this you?",
              text: `Somebody in ${who.platform} wants to be known as you. Say yes only if you typed the code there yourself: they could approve in your name.`,
              fields: [
                { label: "Platform", value: who.platform },
                { label: "Workspace", value: who.workspace || "–" },
                { label: "User", value: who.userId },
              ],
              buttons: [
                { label: "Yes, that is me", style: "primary", say: `/steward link confirm ${claimed.id}` },
                { label: "No", style: "danger", say: `/steward link refuse ${claimed.id}` },
              ],
            },
            { privateTo: claimed.personId, urgent: true },
          ),
      });
      return "Now confirm it where you asked for the code: I have put a question there.";
    },

    async settle({ tenant, id, personId, yes }) {
      const who = await store.claimed({ tenant, id, personId });
      if (who === null)
        return { title: "Is this you?", text: "There is no such question any more; nothing was changed." };
      const { platform, workspace, userId } = who;
      // First the record: done twice it says so twice, the other way round it could be silent.
      await kernel.do({
        tenant,
        actors: [],
        run: (batch) =>
          batch.record("admin", yes ? "identity.linked" : "identity.refused", personId, {
            person: personId,
            platform,
            workspace,
            user: userId,
          }),
      });
      if (yes) await store.confirm({ tenant, personId, who });
      return {
        title: "Is this you?",
        text: yes
          ? `${platform} user ${userId} is you from now on: one person, one vote, wherever you press.`
          : `${platform} user ${userId} was not linked. If you did not type the code, tell whoever runs me.`,
      };
    },
  };
}
