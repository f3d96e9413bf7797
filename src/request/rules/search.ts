import { type Matcher, RE2JS } from 're2js'
import { isPlain } from './pattern.ts'

/** What a pattern has found: the whole stretch, then its groups; '' for a group that had no part in it. */
export type Found = readonly string[]

/** A regular expression that is searched for. */
export interface Search {
  /** The first stretch of a text that it matches. */
  first(text: string): Found | null
  /** The first few stretches. */
  all(text: string, limit: number): readonly Found[]
}

/** A plain pattern that can neither start anywhere nor go on anywhere is searched for in one go by the native engine. */
function isQuick(text: string): boolean {
  return isPlain(text) && (text.startsWith('^') || !/[+*]/.test(text) || /\.[+*]\)?$/.test(text))
}

/** RE2's dot stands for a carriage return, too. A plain pattern repeats one thing only: a class or a dot. */
function withDotOfRe2(text: string): string {
  return text.includes('[') ? text : text.replace(/(?<!\\)\.(?=[+*])/, '[^\\n]')
}

/**
 * Compiles a regular expression in the syntax of RE2. Searching takes linear time, however long the text is.
 *
 * @throws SyntaxError
 */
export function compileSearch(text: string): Search {
  if (isQuick(text)) return new QuickSearch(new RegExp(withDotOfRe2(text), 'g'))
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
