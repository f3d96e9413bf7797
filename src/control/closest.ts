import { closest as closestOf, distance } from 'fastest-levenshtein'

/** The candidate that a mistyped word most likely meant: one that is near, else one that goes on where the word ends. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  if (word === '' || candidates.length === 0) return undefined
  const found = closestOf(word, candidates)
  const near = Math.min(4, Math.max(1, Math.floor(word.length * 0.4)))
  return distance(word, found) <= near ? found : candidates.find((candidate) => candidate.startsWith(word))
}
