import { type Matcher, RE2JS } from 're2js'
import { toNative } from './linear-pattern.ts'

/** What a pattern has found: the whole stretch, then its groups; '' for a group that had no part in it. */
export type Found = readonly string[]

/** A regular expression that is searched for. */
export interface Search {
  /** The first stretch of a text that it matches. */
  first(text: string): Found | null
  /** The first few stretches. */
  all(text: string, limit: number): readonly Found[]
}

/**
 * Compiles a regular expression in the syntax of RE2. Searching takes linear time, however long the text is.
 *
 * @throws SyntaxError
 */
export function compileSearch(text: string): Search {
  const native = toNative(text, 'g')
  if (native) return new QuickSearch(native)
  try {
    return new LinearSearch(RE2JS.compile(text))
  } catch (cause) {
    throw new SyntaxError((cause as Error).message, { cause })
  }
}

class QuickSearch implements Search {
  readonly #pattern: RegExp

  constructor(pattern: RegExp) {
    this.#pattern = pattern
  }

  first(text: string): Found | null {
    this.#pattern.lastIndex = 0
    const match = this.#pattern.exec(text)
    return match && groupsOf(match)
  }

  all(text: string, limit: number): readonly Found[] {
    return [...text.matchAll(this.#pattern).take(limit)].map(groupsOf)
  }
}

function groupsOf(match: RegExpExecArray): Found {
  return match.map((group: string | undefined) => group ?? '')
}

class LinearSearch implements Search {
  readonly #pattern: RE2JS

  constructor(pattern: RE2JS) {
    this.#pattern = pattern
  }

  first(text: string): Found | null {
    return this.all(text, 1)[0] ?? null
  }

  all(text: string, limit: number): readonly Found[] {
    const matcher: Matcher = this.#pattern.matcher(text)
    const found: Found[] = []
    while (found.length < limit && matcher.find()) {
      found.push(Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? ''))
    }
    return found
  }
}
