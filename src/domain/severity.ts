/** What alerts usually say, the mildest first. A word that is not among these counts as more than a warning. */
const usual = ["none", "info", "warning", "error", "critical"];

/** The worst of these words for how bad something is, the first of as bad ones; "" where there is none. */
export function worstSeverity(words: readonly string[]): string {
  return words.filter(Boolean).reduce((worst, word) => (worst === "" || rank(word) > rank(worst) ? word : worst), "");
}

function rank(word: string): number {
  const at = usual.indexOf(word.toLowerCase());
  return at < 0 ? usual.indexOf("warning") + 0.5 : at;
}
