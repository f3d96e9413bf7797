import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCertificate } from '../test/harness/certificates.ts'
import type { Lab } from './lab.ts'
import type { HeaderCount, Load } from './load/requests.ts'
import { type Gateway, openPostern } from './postern.ts'
import type { Scenario } from './scenarios/scenario.ts'
import { type OwnServer, openPlainProxy, type Server } from './server.ts'

/** A scenario's gateway, what it is compared with, and what both are asked. */
export interface Contenders {
  readonly control: OwnServer
  readonly candidate: Gateway
  load(headers: HeaderCount): Load
}

/** Both are started anew, so that neither is the better warmed. `flags` go to Node. */
export async function openContenders(
  lab: Lab,
  upstream: Server,
  { name, gateway, control, requests = [{}], connections, tls }: Scenario,
  flags: readonly string[] = [],
): Promise<Contenders> {
  const certificate = tls ? await writeCertificate(lab) : undefined
  const openControl = async () => {
    if (control) return { ...(await openPostern(lab, upstream, `${name}-control`, control, { flags })), name: control.title }
    return openPlainProxy(lab, upstream, { flags, tls: certificate })
  }
  return {
    control: await openControl(),
    candidate: await openPostern(lab, upstream, name, gateway, { flags, tls: certificate }),
    load: (headers) => ({ requests, headers, connections: connections ?? lab.settings.connections }),
  }
}

async function writeCertificate(lab: Lab): Promise<{ cert: string; key: string }> {
  const { cert, key } = makeCertificate({ name: 'bench', hosts: ['127.0.0.1'] })
  const files = { cert: join(lab.folder, 'cert.pem'), key: join(lab.folder, 'key.pem') }
  await Promise.all([writeFile(files.cert, cert), writeFile(files.key, key)])
  return files
}
