/** `storage` in gateway.conf; the schema says what each key means. */
export interface StoreSettings extends RedisSettings {
  readonly type: 'memory' | 'sqlite' | 'redis'
  readonly cache_max_size: number
}

/** '' for what Node has for a default. */
export type RedisTlsVersion = '' | '1.0' | '1.1' | '1.2' | '1.3'

/** What concerns Redis alone. Paths are absolute. */
export interface RedisSettings {
  readonly host: string
  readonly port: number
  readonly addrs: readonly string[]
  readonly enable_cluster: boolean
  readonly master_name: string
  readonly sentinel_password: string
  readonly username: string
  readonly password: string
  readonly database: number
  readonly use_ssl: boolean
  readonly tls_min_version: RedisTlsVersion
  readonly tls_max_version: RedisTlsVersion
  readonly ca_file: string
  readonly cert_file: string
  readonly key_file: string
  readonly timeout: number
  readonly on_outage: 'allow' | 'deny'
}
