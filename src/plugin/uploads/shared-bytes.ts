import type { KeyValue } from '../contract/kv.ts'
import { digestOf } from './upload-files.ts'

/** In bytes. Each part is a call of its own, so that none takes so long that the store would count as away. */
const PART = 256 * 1024

/** The bytes of uploads in a store that gateways share, by digest, in parts. */
export class SharedBytes {
  readonly #kv: KeyValue

  constructor(kv: KeyValue) {
    this.#kv = kv
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#kv.get(head(sha256))) !== undefined
  }

  async write(sha256: string, bytes: Buffer): Promise<void> {
    const parts = Math.ceil(bytes.length / PART)
    for (let i = 0; i < parts; i++) {
      await this.#kv.set(part(sha256, i), bytes.toString('base64', i * PART, (i + 1) * PART))
    }
    await this.#kv.set(head(sha256), parts)
  }

  /** `null` where they are not there as a whole. */
  async read(sha256: string): Promise<Buffer | null> {
    const parts = (await this.#kv.get<number>(head(sha256))) ?? 0
    const chunks: Buffer[] = []
    for (let i = 0; i < parts; i++) {
      const text = await this.#kv.get(part(sha256, i))
      if (typeof text !== 'string') return null
      chunks.push(Buffer.from(text, 'base64'))
    }
    const bytes = Buffer.concat(chunks)
    return digestOf(bytes) === sha256 ? bytes : null
  }

  async delete(sha256: string): Promise<void> {
    const parts = (await this.#kv.get<number>(head(sha256))) ?? 0
    await this.#kv.delete(head(sha256))
    for (let i = 0; i < parts; i++) await this.#kv.delete(part(sha256, i))
  }
}

function head(sha256: string): string {
  return `bytes ${sha256}`
}

function part(sha256: string, index: number): string {
  return `${head(sha256)} ${index}`
}
