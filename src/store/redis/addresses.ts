import type { RedisSettings } from '../settings.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where Redis, or its sentinels, are: `addrs`, else `host` and `port`. */
export function addressesOf({ addrs, host, port }: RedisSettings): Address[] {
  if (addrs.length === 0) return [{ host, port }]
  return addrs.map((address) => {
    const [, name = '', digits = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
    return { host: name, port: Number(digits) }
  })
}

/** What messages call the store. */
export function nameOf(settings: RedisSettings): string {
  const protocol = settings.use_ssl ? 'rediss' : 'redis'
  const scheme = settings.master_name === '' ? protocol : `${protocol}+sentinel`
  const hosts = addressesOf(settings).map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  const master = settings.master_name === '' ? '' : `/${settings.master_name}`
  return `${scheme}://${hosts.join(',')}${master}${settings.database === 0 ? '' : `/${settings.database}`}`
}
