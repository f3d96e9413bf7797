const LETTER = String.raw`[\w/~!@,;:=&'% -]|\\[./-]`
const SET = String.raw`\[\^?[^\]\\[]+\]|\.`
/** A letter as it is or escaped; a group of words; a repeated class or dot, in a group or not. */
const PIECE = new RegExp(
  `(${LETTER})|\\((?:\\?:)?((?:${LETTER})+(?:\\|(?:${LETTER})+)*)\\)(?![?*+{])|\\((${SET})[+*]\\)|(${SET})[+*]`,
  'y',
)

/** Words of which one has to be at some place; of a letter, that letter alone. */
type Choice = readonly string[]

/** A class that is repeated, what comes before it down to the run before, and what comes next; null at the end. */
interface Run {
  readonly of: RegExp
  readonly before: readonly Choice[]
  after: Choice | null
}

/**
 * Whether the native engine, which backtracks, takes linear time for a regular expression wherever it is searched: one of
 * letters, of groups of words of which none begins another, and of repeated classes. Before a class there has to be a letter
 * that is not in it, so that not every attempt goes over the same run, and behind it another one, so that an attempt gives a run
 * up with one look at each of its characters.
 */
export function isLinear(pattern: string): boolean {
  const start = pattern.startsWith('^') ? 1 : 0
  const hasEnd = pattern.endsWith('$') && !pattern.endsWith('\\$')
  const runs = runsOf(hasEnd ? pattern.slice(start, -1) : pattern.slice(start))
  return runs?.every((run) => isEasy(run, { anchored: start === 1, alone: runs.length === 1, hasEnd })) ?? false
}

/** The same on the native engine, where it is linear there; null where it might not be. */
export function toNative(pattern: string, flags: string): RegExp | null {
  return isLinear(pattern) ? new RegExp(withDotOfRe2(pattern), flags) : null
}

/** RE2's dot stands for a carriage return, too. */
function withDotOfRe2(pattern: string): string {
  return pattern.replace(/\[[^\]]*\]|\\.|\./g, (part) => (part === '.' ? '[^\\n]' : part))
}

interface Circumstances {
  readonly anchored: boolean
  readonly alone: boolean
  readonly hasEnd: boolean
}

function isEasy({ of, before, after }: Run, { anchored, alone, hasEnd }: Circumstances): boolean {
  // Takes what there is, and is content.
  if (after === null && !hasEnd) return true
  // There is but one attempt.
  if (anchored && alone) return true
  const isOutside = (letter: string) => !of.test(letter)
  const begins = before.length === 0 ? anchored : before.some((words) => words.every((word) => [...word].some(isOutside)))
  return begins && (after?.every((word) => isOutside(word[0] as string)) ?? true)
}

/** What one character of a class matches. There are few classes, `[^/]` for every `{id}`, and may be many rules. */
const classes = new Map<string, RegExp>()
const MOST_CLASSES = 100

function oneOf(set: string): RegExp {
  const known = classes.get(set)
  if (known) return known
  const made = new RegExp(`^${set}$`, 'i')
  if (classes.size < MOST_CLASSES) classes.set(set, made)
  return made
}

/** The runs of a pattern; null if there is anything else in it but words, or if two runs meet. */
function runsOf(body: string): Run[] | null {
  const runs: Run[] = []
  let before: Choice[] = []
  let open: Run | null = null
  PIECE.lastIndex = 0
  while (PIECE.lastIndex < body.length) {
    const [, letter, group, grouped, bare] = PIECE.exec(body) ?? []
    const set = grouped ?? bare
    if (set !== undefined) {
      if (open) return null
      open = { of: oneOf(set), before, after: null }
      runs.push(open)
      before = []
      continue
    }
    const words = (letter ?? group)?.replaceAll('\\', '').split('|')
    if (words === undefined || !areDistinct(words)) return null
    if (open) open.after = words
    before.push(words)
    open = null
  }
  return runs
}

/** Whether at most one of the words can begin anywhere, in whatever case. */
function areDistinct(words: readonly string[]): boolean {
  const lower = words.map((word) => word.toLowerCase())
  return lower.every((word, i) => lower.every((other, j) => i === j || !other.startsWith(word)))
}
