/** The link that `marked` makes of a run's name. A text of somebody's is escaped, and so never holds one. */
const link = /<a class="short" href="\/runs\/(R-[0-9A-Z]{6})">\1<\/a>/g;

/** A page with the names of runs that there are as links; what only looks like one stays the word it is. */
export async function withNamedRuns(
  page: string,
  existing: (shorts: readonly string[]) => Promise<readonly string[]>,
): Promise<string> {
  const named = new Set([...page.matchAll(link)].map(([, short = ""]) => short));
  if (named.size === 0) return page;
  const there = new Set(await existing([...named]));
  return page.replace(link, (whole, short: string) => (there.has(short) ? whole : short));
}
