import type { ClientRequest } from '../message/client-message.ts'

/** A request target in two parts, byte for byte. */
export interface RequestTarget {
  readonly path: string
  /** With its `?`; '' if there is none. */
  readonly query: string
}

/**
 * Splits the request target. The absolute form (RFC 9112 §3.2.2) names the host as well, which then stands for the Host
 * header. Undefined for `*`, for what has a fragment, and whatever else is no path.
 */
export function parseTarget(incoming: ClientRequest): RequestTarget | undefined {
  const target = incoming.url as string
  if (target.includes('#')) return undefined // a fragment is cut off by some, and taken for part of the path by others
  if (target.charCodeAt(0) === 0x2f) return split(target)
  const absolute = /^https?:\/\/([^/?]+)(.*)$/i.exec(target)
  if (!absolute || incoming.httpVersionMajor !== 1) return undefined
  setHost(incoming, absolute[1] as string)
  const rest = absolute[2] as string
  return split(rest.startsWith('/') ? rest : `/${rest}`)
}

function split(target: string): RequestTarget {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark) }
}

function setHost(incoming: ClientRequest, host: string): void {
  const { rawHeaders } = incoming
  let found = false
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if ((rawHeaders[i] as string).toLowerCase() !== 'host') continue
    rawHeaders[i + 1] = host
    found = true
  }
  if (!found) rawHeaders.push('Host', host)
}
