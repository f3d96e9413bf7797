/** Letters beyond ASCII that case-insensitive matching takes for ASCII ones: the Kelvin sign and the long s. */
const FOLDED = new Map([
  ['\u212a', 'k'],
  ['\u017f', 's'],
])

/** Finds which of many texts occur in a path, letters in either case, in one pass over it (Aho and Corasick, 1975). */
export class LiteralAutomaton {
  /** By character code: the column of the table; 0 for what is in no text. */
  readonly #columns = new Uint8Array(128)
  readonly #width: number
  /** By state and column: the next state. */
  readonly #next: Uint32Array
  /** By state: the number of a text that ends there, plus 1; 0 if none does. */
  readonly #text: Uint32Array
  /** By state: the state of the longest shorter text that ends there, too; 0 if there is none. */
  readonly #shorter: Uint32Array

  /** @param texts different ones, in ASCII and in lower case */
  constructor(texts: readonly string[]) {
    const alphabet = [...new Set(texts.join(''))]
    for (const [i, character] of alphabet.entries()) {
      this.#columns[character.charCodeAt(0)] = i + 1
      this.#columns[character.toUpperCase().charCodeAt(0)] = i + 1
    }
    this.#width = alphabet.length + 1
    const most = texts.reduce((sum, { length }) => sum + length, 1)
    const next = new Uint32Array(most * this.#width)
    const text = new Uint32Array(most)
    const states = this.#grow(texts, next, text)
    this.#next = next.slice(0, states * this.#width)
    this.#text = text.slice(0, states)
    this.#shorter = new Uint32Array(states)
    this.#link()
  }

  #column(code: number): number {
    if (code < 128) return this.#columns[code] as number
    const folded = FOLDED.get(String.fromCharCode(code))
    return folded === undefined ? 0 : (this.#columns[folded.charCodeAt(0)] as number)
  }

  /** Writes the texts as a tree of states; returns how many there are. */
  #grow(texts: readonly string[], next: Uint32Array, ends: Uint32Array): number {
    let states = 1
    for (const [number, text] of texts.entries()) {
      let state = 0
      for (let i = 0; i < text.length; i += 1) {
        const cell = state * this.#width + this.#column(text.charCodeAt(i))
        if (next[cell] === 0) {
          next[cell] = states
          states += 1
        }
        state = next[cell] as number
      }
      ends[state] = number + 1
    }
    return states
  }

  /** Gives every state the transitions of the longest end of it that is a state as well. */
  #link(): void {
    const ends = new Uint32Array(this.#text.length)
    const queue: number[] = [0]
    for (let i = 0; i < queue.length; i += 1) {
      const state = queue[i] as number
      const end = ends[state] as number
      for (let column = 1; column < this.#width; column += 1) {
        const cell = state * this.#width + column
        const child = this.#next[cell] as number
        const other = state === 0 ? 0 : (this.#next[end * this.#width + column] as number)
        if (child === 0) this.#next[cell] = other
        else {
          ends[child] = other
          this.#shorter[child] = this.#text[other] === 0 ? (this.#shorter[other] as number) : other
          queue.push(child)
        }
      }
    }
  }

  /** Calls `found` with the number of each text that occurs, as often as it does. */
  scan(path: string, found: (text: number) => void): void {
    let state = 0
    for (let i = 0; i < path.length; i += 1) {
      state = this.#next[state * this.#width + this.#column(path.charCodeAt(i))] as number
      if (this.#text[state] !== 0) found((this.#text[state] as number) - 1)
      for (let shorter = this.#shorter[state] as number; shorter !== 0; shorter = this.#shorter[shorter] as number) {
        found((this.#text[shorter] as number) - 1)
      }
    }
  }
}
