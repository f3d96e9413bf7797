import { join } from 'node:path'
import type { Child } from './child.ts'
import { freePort, type Lab, untilReady } from './lab.ts'

/** Something that answers HTTP and is measured: a proxy, or the upstream itself. */
export interface Server {
  readonly name: string
  /** Where it listens, without a path. */
  readonly origin: string
  readonly child: Child
}

/** The path of every measured request, and below it the one that shows what the upstream received. */
export const measuredPath = '/bench/items/42?fields=name,price'
export const seenPath = '/bench/seen'

/** The names of the request headers that the upstream reports under {@link seenPath}, one value a line. */
export const reportedHeaders = ['Foo', ...Array.from({ length: 10 }, (_, i) => `X-Plugin-${i + 1}`)]

/** The control, see plain-proxy.ts. `flags` go to Node. */
export async function openPlainProxy(lab: Lab, upstream: Server, flags: readonly string[] = []): Promise<Server> {
  const port = await freePort()
  const command = [process.execPath, ...flags, join(import.meta.dirname, 'plain-proxy.ts'), upstream.origin, String(port)]
  const child = lab.start('plain proxy', lab.settings.cores.proxy, command)
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { name: 'plain proxy', origin, child }
}
