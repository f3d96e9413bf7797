import { randomUUID } from 'node:crypto'
import { type HashFunctionName, isHashFunction } from './hash-function.ts'

/** What a key that is base64 of JSON says of itself. */
export interface KeyText {
  readonly org: string
  readonly id: string
  /** What it is stored hashed by. */
  readonly hash: HashFunctionName | null
}

/** `{"` in base64. */
const JSON_BEGINS = 'ey'

/** The id of a key that has none of its own: 32 random hexadecimal digits. */
export function randomId(): string {
  return randomUUID().replaceAll('-', '')
}

/**
 * The text of a key: `<org><id>`, or base64 of `{"org","id","h"}` where keys name the function that they are hashed by. An id
 * that is such a text already stays as it is.
 */
export function keyText(orgId: string, id: string, hash: HashFunctionName | ''): string {
  if (readKeyText(id)) return id
  if (hash !== '') return Buffer.from(JSON.stringify({ org: orgId, id, h: hash })).toString('base64')
  return id.startsWith(orgId) ? id : `${orgId}${id}`
}

/** Reads a key that is base64 of JSON; null for any other text. */
export function readKeyText(text: string): KeyText | null {
  if (!text.startsWith(JSON_BEGINS)) return null
  try {
    const { org, id, h } = JSON.parse(Buffer.from(text, 'base64').toString())
    return typeof org === 'string' && typeof id === 'string' ? { org, id, hash: isHashFunction(h) ? h : null } : null
  } catch {
    return null
  }
}
