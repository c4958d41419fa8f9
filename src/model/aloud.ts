import { shorten } from "../domain/text.ts";

/** How often a growing text is shown. */
const everyMs = 1000;
/** Characters of a text that is shown while it grows: one message has room for them, with a name before. */
const longest = 2800;

export interface Aloud {
  /** It has said so much by now; the text is asked for only when it is time to show it. */
  saying(text: () => string): void;
  /** All it has said. */
  said(text: string): void;
  /** No more is coming: what was shown stays, however much it is. */
  end(): void;
}

/** Shows what a specialist's model says while it says it: one text that grows from its beginning and is whole at the end. */
export function thinkAloud(specialist: string, show: (text: string, written?: "writing") => void): Aloud {
  const words = (text: string) => `${specialist} thinks aloud: ${shorten(text, longest)}`;
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown: string | null = null;
  return {
    saying(text) {
      const now = performance.now();
      if (now - shownAt < everyMs) return;
      const told = text();
      if (told.trim() === "" || words(told) === shown) return;
      shownAt = now;
      shown = words(told);
      show(shown, "writing");
    },
    said(text) {
      if (text.trim() === "") return;
      shown = null;
      show(words(text));
    },
    end() {
      if (shown !== null) show(shown);
    },
  };
}
