/** Every step that is settled before this one begins. */
export function reachable(after: ReadonlyMap<string, readonly string[]>, id: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (at: string): void => {
    for (const next of after.get(at) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      visit(next);
    }
  };
  visit(id);
  return seen;
}

/** A circle of dependencies, "a → b → a", or null. */
export function findCircle(after: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(id)) return [...trail.slice(trail.indexOf(id)), id];
    if (done.has(id)) return null;
    for (const next of after.get(id) ?? []) {
      const circle = visit(next, [...trail, id]);
      if (circle !== null) return circle;
    }
    done.add(id);
    return null;
  };
  for (const id of after.keys()) {
    const circle = visit(id, []);
    if (circle !== null) return circle;
  }
  return null;
}
