import { isIP, SocketAddress } from 'node:net'

const MAPPED = '::ffff:'

/**
 * An IP address in the one way to write it: IPv6 compressed and in lower case, an IPv4 address that is mapped into IPv6
 * (`::ffff:10.0.0.1`) as what it is, without a zone. Undefined for what is none.
 */
export function normalAddress(text: string): string | undefined {
  const family = isIP(text)
  if (family === 4) return text
  if (family === 0) return undefined
  const zone = text.indexOf('%')
  const { address } = new SocketAddress({ address: zone < 0 ? text : text.slice(0, zone), family: 'ipv6' })
  return address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address
}

/** An address as proxies write it, maybe with a port behind it: `10.0.0.1:80`, `[::1]:80`, `::1`. */
export function forwardedAddress(text: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)
  if (bracketed) return normalAddress(bracketed[1] as string)
  const withPort = /^([\d.]+):\d+$/.exec(text)
  return normalAddress(withPort ? (withPort[1] as string) : text)
}
