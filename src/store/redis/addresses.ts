import type { RedisSettings } from '../settings.ts'

/** Where Redis is: `addrs`, else `host` and `port`. */
export function addressesOf({ addrs, host, port }: RedisSettings): { host: string; port: number }[] {
  if (addrs.length === 0) return [{ host, port }]
  return addrs.map((address) => {
    const [, name = '', digits = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
    return { host: name, port: Number(digits) }
  })
}

/** What messages call the store. */
export function nameOf(settings: RedisSettings): string {
  const scheme = settings.use_ssl ? 'rediss' : 'redis'
  const hosts = addressesOf(settings).map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`)
  return `${scheme}://${hosts.join(',')}${settings.database === 0 ? '' : `/${settings.database}`}`
}
