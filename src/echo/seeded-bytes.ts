import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** `size` random bytes; with a seed always the same ones, as the key stream of a cipher keyed by the seed. */
export function seededBytes(size: number, seed: string | undefined): Buffer {
  if (seed === undefined) return randomBytes(size)
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}
