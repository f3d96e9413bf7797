import type { Exchange } from '../chain/exchange.ts'
import type { Part } from './parts.ts'

const NONE: readonly Part[] = []

/** A text with variables, compiled when its definition was loaded. */
export class Template {
  readonly #parts: readonly Part[]
  /** The text where there is no variable in it; null where there is. */
  readonly constant: string | null

  constructor(parts: readonly Part[]) {
    this.constant = parts.every(({ kind }) => kind === 'literal') ? parts.map((part) => textOfLiteral(part)).join('') : null
    this.#parts = this.constant === null ? parts : NONE
  }

  /** The text for a request, as bytes. */
  text(exchange: Exchange): string {
    if (this.constant !== null) return this.constant
    let text = ''
    for (const part of this.#parts) text += part.kind === 'variable' ? part.read(exchange) : textOfLiteral(part)
    return text
  }
}

function textOfLiteral(part: Part): string {
  return part.kind === 'literal' ? part.text : ''
}
