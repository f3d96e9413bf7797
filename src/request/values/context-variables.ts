import { clientAddress } from '../address/client-address.ts'
import type { Exchange } from '../chain/exchange.ts'
import { headersOf } from './context-data.ts'
import { bytesOf, type Getter, textOfValue } from './parts.ts'

/** What has to be kept of a request for a variable to be read later. */
export type ContextNeed = 'headers' | 'form'

export interface ContextVariable {
  readonly read: Getter
  readonly needs: readonly ContextNeed[]
}

const PLAIN: Readonly<Record<string, ContextVariable>> = {
  path: { read: ({ normalPath }) => normalPath, needs: [] },
  path_parts: { read: ({ normalPath }) => normalPath.split('/').slice(1).join(','), needs: [] },
  remote_addr: { read: clientAddress, needs: [] },
  request_id: { read: ({ requestId }) => requestId, needs: [] },
  token: { read: ({ token }) => token, needs: [] },
  headers: { read: allHeaders, needs: ['headers'] },
  request_data: { read: allData, needs: ['form'] },
}

/** The families of variables, by what their names begin with; the rest says which. */
const FAMILIES: readonly (readonly [prefix: string, open: (name: string) => ContextVariable])[] = [
  ['headers_', (name) => ({ read: headerReader(name), needs: ['headers'] })],
  ['cookies_', (name) => ({ read: cookieReader(name), needs: ['headers'] })],
  ['request_data_', (name) => ({ read: dataReader(name), needs: ['form'] })],
  [
    'jwt_claims_',
    (name) => ({ read: ({ claims }) => (claims && Object.hasOwn(claims, name) ? textOfValue(claims[name]) : ''), needs: [] }),
  ],
]

const CAPTURE = /^trigger-\d+-./

/** Whether a variable is what a trigger of a rewrite has captured; those are there whatever `enable_context_vars` says. */
export function isCapture(name: string): boolean {
  return CAPTURE.test(name)
}

/** The variable of a name (`$tyk_context.NAME`); null if there is none. */
export function contextVariable(name: string): ContextVariable | null {
  if (isCapture(name)) {
    const key = name.toLowerCase()
    return { read: ({ context }) => context?.captures?.get(key) ?? '', needs: [] }
  }
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name] as ContextVariable
  const family = FAMILIES.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length)
  return family ? family[1](name.slice(family[0].length)) : null
}

/** The value of `meta_data` in the session (`$tyk_meta.NAME`). */
export function metaVariable(name: string): Getter {
  return ({ session }) => {
    const data = session?.meta_data
    return data && Object.hasOwn(data, name) ? textOfValue(data[name]) : ''
  }
}

/** Variables cannot have a dash in their names; an underscore stands for it. */
function underscored(name: string): string {
  return name.replaceAll('-', '_')
}

/** The first header whose name is meant, in either case. */
function headerReader(name: string): Getter {
  const wanted = underscored(name).toLowerCase()
  return (exchange) => {
    const headers = headersOf(exchange)
    for (let i = 0; i < headers.length; i += 2) {
      const found = headers[i] as string
      if (found.length === wanted.length && underscored(found).toLowerCase() === wanted) return headers[i + 1] as string
    }
    return ''
  }
}

function cookieReader(name: string): Getter {
  const wanted = underscored(name)
  return (exchange) => {
    const headers = headersOf(exchange)
    for (let i = 0; i < headers.length; i += 2) {
      if ((headers[i] as string).length !== 6 || (headers[i] as string).toLowerCase() !== 'cookie') continue
      const value = cookieIn(headers[i + 1] as string, wanted)
      if (value !== undefined) return value
    }
    return ''
  }
}

/** A value in quotes is given without them (RFC 6265 §4.1.1). */
function cookieIn(line: string, wanted: string): string | undefined {
  for (const pair of line.split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0 && underscored(pair.slice(0, equals).trim()) === wanted) {
      return pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1')
    }
  }
  return undefined
}

/** The form first, then the query. */
function dataOf({ query, context }: Exchange): [string, string][] {
  return [...(context?.form ?? []), ...new URLSearchParams(Buffer.from(query, 'latin1').toString())]
}

function dataReader(name: string): Getter {
  const wanted = underscored(name)
  return (exchange) => bytesOf(dataOf(exchange).find(([found]) => underscored(found) === wanted)?.[1] ?? '')
}

/** `name:value,value;name:value`, in the order in which names come first. */
function allData(exchange: Exchange): string {
  return bytesOf(grouped(dataOf(exchange)))
}

function allHeaders(exchange: Exchange): string {
  const headers = headersOf(exchange)
  const lines: [string, string][] = []
  for (let i = 0; i < headers.length; i += 2) lines.push([headers[i] as string, headers[i + 1] as string])
  return grouped(lines)
}

function grouped(pairs: readonly (readonly [string, string])[]): string {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value])
  return [...values].map(([name, all]) => `${name}:${all.join(',')}`).join(';')
}
