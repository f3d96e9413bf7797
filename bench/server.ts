import { join } from 'node:path'
import type { Child } from './child.ts'
import { freePort, type Lab, untilReady } from './lab.ts'

/** Something that answers HTTP and is measured: a proxy, or the upstream itself. */
export interface Server {
  readonly name: string
  /** Where it listens, without a path. */
  readonly origin: string
  /** Its process; null where the bench did not start it, and then its CPU time is not known. */
  readonly child: Child | null
  /** What goes on while it is under load; what it gives ends it. */
  readonly meanwhile?: () => () => Promise<void>
}

export type OwnServer = Server & { readonly child: Child }

/** The path of every measured request, and below it the one that shows what the upstream received. */
export const measuredPath = '/bench/items/42?fields=name,price'
export const seenPath = '/bench/seen'

/** The names of the request headers that the upstream reports under {@link seenPath}, one value a line. */
export const reportedHeaders = ['Foo', ...Array.from({ length: 10 }, (_, i) => `X-Plugin-${i + 1}`)]

export interface PlainOptions {
  /** For Node. */
  readonly flags?: readonly string[]
  /** PEM files, if clients are to speak TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** Whether idle connections stay open for more than five seconds. Default false. */
  readonly patient?: boolean
  /** How long it does nothing in each request, and keeps its core from anything else, in microseconds. Default 0. */
  readonly idleUs?: number
}

/** The control, see plain-proxy.ts. */
export async function openPlainProxy(
  lab: Lab,
  upstream: Server,
  { flags = [], tls, patient = false, idleUs = 0 }: PlainOptions = {},
): Promise<OwnServer> {
  const port = await freePort()
  const program = join(import.meta.dirname, tls || patient || idleUs > 0 ? 'plain-variants.ts' : 'plain-proxy.ts')
  const command = [process.execPath, ...flags, program, upstream.origin, String(port), ...(tls ? [tls.cert, tls.key] : [])]
  if (idleUs > 0) command.push(`--idle=${idleUs}`)
  const child = lab.start('plain proxy', lab.settings.cores.proxy, command)
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { name: 'plain proxy', origin, child }
}
