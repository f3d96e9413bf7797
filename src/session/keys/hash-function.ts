import { createHmac, hash } from 'node:crypto'
import { murmur32, murmur64, murmur128 } from './murmur3.ts'

/** What keys can be hashed by, in the order that the configuration lists them. */
export const hashFunctionNames = ['murmur32', 'murmur64', 'murmur128', 'sha256', 'hmac-sha256'] as const

export type HashFunctionName = (typeof hashFunctionNames)[number]

/**
 * A key's hash in hexadecimal digits.
 *
 * @param secret what `hmac-sha256` is keyed with
 */
export function hashOf(text: string, name: HashFunctionName, secret: string): string {
  switch (name) {
    case 'murmur32':
      return murmur32(Buffer.from(text)).toString('hex')
    case 'murmur64':
      return murmur64(Buffer.from(text)).toString('hex')
    case 'murmur128':
      return murmur128(Buffer.from(text)).toString('hex')
    case 'sha256':
      return hash('sha256', text)
    case 'hmac-sha256':
      return createHmac('sha256', secret).update(text).digest('hex')
  }
}

export function isHashFunction(name: unknown): name is HashFunctionName {
  return (hashFunctionNames as readonly unknown[]).includes(name)
}
