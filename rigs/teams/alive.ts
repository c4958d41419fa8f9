import type { Loose } from "./rooms.ts";

/** What a Teams client would bring to life in a message: whom it pings, and where its links lead. */
export interface Alive {
  readonly pings: readonly string[];
  readonly links: readonly string[];
}

/**
 * Markdown lives in a message's text (unless it is plain) and in TextBlocks, facts and labels of a card; mentions where
 * an entity names them; bare addresses in the text of a message. A TextRun is shown as it is written.
 */
export function aliveIn(activity: Loose): Alive {
  const cards: Loose[] = (activity.attachments ?? []).map(({ content }: Loose) => content);
  const texts = [
    ...(activity.text === undefined ? [] : [activity.text]),
    ...cards.flatMap((card) => markdownOf(card.body ?? [])),
  ];
  const entities = [activity, ...cards.map((card) => card.msteams ?? {})].flatMap(({ entities = [] }) => entities);
  const pings = entities.filter(({ type }: Loose) => type === "mention").map(({ mentioned }: Loose) => mentioned.id);
  const marked = texts.flatMap((text) => [
    ...text.matchAll(/\]\(\s*([^)\s]+)/g),
    ...text.matchAll(/href=['"]([^'"]+)/g),
  ]);
  const bare = texts.flatMap((text) => [...text.matchAll(/(https?:\/\/[^\s)>"'|]+)/g)]);
  const selected = cards.flatMap((card) => JSON.stringify(card.body ?? []).match(/"selectAction"/g) ?? []);
  return { pings, links: [...[...marked, ...bare].map(([, link = ""]) => link), ...selected] };
}

function markdownOf(blocks: readonly Loose[]): string[] {
  return blocks.flatMap((block) => [
    ...(block.type === "TextBlock" ? [block.text] : []),
    ...(block.facts ?? []).flatMap(({ title, value }: Loose) => [title, value]),
    ...markdownOf(block.items ?? block.columns ?? []),
  ]);
}
