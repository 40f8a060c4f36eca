// The name that somebody may have meant.

/** The name most like `word`: one that begins like it, or a few letters away; undefined where none is. */
export function nearestName(word: string, names: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const ranked = names
    .map(name => ({ name, distance: distanceBetween(wanted, name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  if (best === undefined) return undefined;
  if (best.distance <= Math.max(1, Math.floor(wanted.length / 3))) return best.name;
  return names.find(
    name => wanted.length > 2 && (name.toLowerCase().startsWith(wanted) || wanted.startsWith(name.toLowerCase())),
  );
}

/** Letters to put in, take out or change to get from one to the other (Levenshtein). */
function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
