import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Lab, untilReady } from '../lab.ts'
import { measuredPath, type OwnServer, type Server } from '../server.ts'

/** HAProxy with one thread. */
export async function openHaproxy(lab: Lab, upstream: Server): Promise<OwnServer> {
  const port = await freePort()
  const file = join(lab.folder, 'haproxy.cfg')
  const target = upstream.origin.slice('http://'.length)
  await writeFile(
    file,
    `global
  nbthread 1
  maxconn 5000
defaults
  mode http
  option forwardfor
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen bench
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Forwarded-Proto http
  server upstream ${target}
`,
  )
  const child = lab.start('haproxy', lab.settings.cores.proxy, ['haproxy', '-db', '-f', file])
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { name: 'haproxy', origin, child }
}
