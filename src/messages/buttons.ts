import { randomBytes } from "node:crypto";
import type { Card } from "../domain/card.ts";
import { sha256 } from "../domain/json.ts";
import { cleanJson } from "../domain/text.ts";
import type { View, ViewButton } from "./adapter.ts";
import type { KeptButton, MessageStore } from "./store.ts";

/** A button's token as it is stored: hex SHA-256. The token itself is only on the platform. */
export function hashToken(token: string): string {
  return sha256(token);
}

/**
 * Gives a card's deciding buttons their tokens: 128 random bits in base64url, for each (gate, decision, message),
 * stored hashed before anybody can press. Tokens the message shows already (`shown`) stay, so that two people who press
 * the same card a moment apart both count. What could make a card show something else than it says is taken off once more. Rows of a settled card stay too: its old buttons answer "already decided".
 */
export async function viewOf(
  card: Card,
  message: { readonly tenant: string; readonly id: string },
  store: Pick<MessageStore, "buttonsOf" | "keepButtons">,
  shown: () => Promise<readonly string[]>,
): Promise<View> {
  const { buttons, ...rest } = cleanJson(card);
  if (buttons === undefined || buttons.length === 0) return rest;
  const tokens = buttons.some((button) => "decide" in button)
    ? await tokensFor(card, message, store, shown)
    : new Map();
  return {
    ...rest,
    buttons: buttons.map((button): ViewButton => {
      const { label, style } = button;
      return "say" in button
        ? { label, style, say: button.say }
        : { label, style, token: tokens.get(nameOf(button.gate, button.decide)) ?? "" };
    }),
  };
}

async function tokensFor(...[card, message, store, shown]: Parameters<typeof viewOf>): Promise<Map<string, string>> {
  const kept = await store.buttonsOf(message.tenant, message.id);
  const byHash = new Map(kept.length === 0 ? [] : (await shown()).map((token) => [hashToken(token), token]));
  const tokens = new Map<string, string>();
  for (const row of kept) {
    const token = byHash.get(row.hash);
    if (token !== undefined) tokens.set(nameOf(row.gate, row.decision), token);
  }
  const made: KeptButton[] = [];
  for (const button of card.buttons ?? []) {
    if (!("decide" in button) || tokens.has(nameOf(button.gate, button.decide))) continue;
    const token = randomBytes(16).toString("base64url");
    tokens.set(nameOf(button.gate, button.decide), token);
    made.push({ gate: button.gate, decision: button.decide, hash: hashToken(token) });
  }
  if (made.length > 0) await store.keepButtons(message.tenant, message.id, made);
  return tokens;
}

function nameOf(gate: string, decision: string): string {
  return `${decision} ${gate}`;
}
