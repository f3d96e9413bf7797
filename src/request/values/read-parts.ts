import { bytesOf, type Getter, type Part } from './parts.ts'

/** Who knows what the variables of a text stand for. */
export interface VariableReader {
  /** `$tyk_context.NAME` */
  context(name: string): Getter
  /** `$tyk_meta.NAME` */
  meta(name: string): Getter
  /** `$secret_STORE.NAME`, which is part of the text from then on. */
  secret(store: string, name: string): string
}

const VARIABLE = /\$(?:tyk_(context|meta)\.([\w.-]+)|secret_(\w+)\.([\w.-]+)|(\d+))/g

/**
 * Splits a text at its variables.
 *
 * @param groups whether `$1` stands for a group of the pattern that matched; else it is text
 */
export function readParts(text: string, reader: VariableReader, groups: boolean): Part[] {
  const parts: Part[] = []
  let literal = ''
  let end = 0
  for (const match of text.matchAll(VARIABLE)) {
    literal += text.slice(end, match.index)
    end = match.index + match[0].length
    const part = partOf(match, reader, groups)
    if (part.kind === 'literal') literal += part.text
    else {
      if (literal !== '') parts.push({ kind: 'literal', text: bytesOf(literal) })
      literal = ''
      parts.push(part)
    }
  }
  literal += text.slice(end)
  if (literal !== '') parts.push({ kind: 'literal', text: bytesOf(literal) })
  return parts
}

function partOf([whole, scope, name, store, secret, group]: RegExpExecArray, reader: VariableReader, groups: boolean): Part {
  if (scope === 'context') return { kind: 'variable', read: reader.context(name as string) }
  if (scope === 'meta') return { kind: 'variable', read: reader.meta(name as string) }
  if (store !== undefined) return { kind: 'literal', text: reader.secret(store, secret as string) }
  return groups ? { kind: 'group', index: Number(group) } : { kind: 'literal', text: whole }
}
