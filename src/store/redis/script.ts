import { createHash } from 'node:crypto'
import type { Connection } from './connection.ts'

/** A script that Redis runs as one step, on one key, so that it can run in a cluster. */
export class Script {
  readonly #text: string
  readonly #digest: string

  constructor(text: string) {
    this.#text = text
    this.#digest = createHash('sha1').update(text).digest('hex')
  }

  /** Sends the text only to a Redis that does not know it yet. */
  async run(connection: Connection, key: string, args: readonly (string | number)[]): Promise<unknown> {
    const texts = args.map(String)
    try {
      return await connection.send(key, ['EVALSHA', this.#digest, '1', key, ...texts])
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return connection.send(key, ['EVAL', this.#text, '1', key, ...texts])
    }
  }
}
