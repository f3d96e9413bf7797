/** What responses are kept in; see the store's own description. Where the answer is at hand it is given at once. */
export interface BytesCache {
  get(namespace: string, key: string): Buffer | undefined | Promise<Buffer | undefined>
  /** @param options `ttl` in seconds; without one as long as there is room */
  set(namespace: string, key: string, value: Buffer, options?: { ttl?: number }): void | Promise<void>
}
