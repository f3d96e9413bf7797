import { failure, type PosternError } from '../../../errors.ts'

/** What a client says of itself. */
export interface Credentials {
  readonly user: string
  readonly password: string
}

const SCHEME = 'basic'
const BASE64 = /^[A-Za-z0-9+/\-_]+={0,2}$/

/** Reads `Basic <base64 of user:password>` (RFC 7617); the password may have colons. */
export function parseCredentials(header: string): Credentials | PosternError {
  const space = header.indexOf(' ')
  const data = header.slice(space + 1).trim()
  if (space < 0 || header.slice(0, space).toLowerCase() !== SCHEME || data === '' || data.includes(' ')) {
    return failure('basic_header_malformed', undefined)
  }
  if (!BASE64.test(data)) return failure('basic_encoding_malformed', undefined)
  const text = Buffer.from(data, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return failure('basic_values_malformed', undefined)
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}
