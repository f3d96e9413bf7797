/** `storage` in gateway.conf, as far as it concerns the store; the schema says what each key means. */
export interface StoreSettings {
  readonly type: 'memory' | 'sqlite'
  readonly cache_max_size: number
}
