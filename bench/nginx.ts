import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Lab, untilReady } from './lab.ts'
import { measuredPath, reportedHeaders, type Server, seenPath } from './server.ts'

/** The answer of the upstream, 180 bytes. */
const answer = JSON.stringify({
  id: '7f3c2a9e-51d4-4b86-9a10-6c2e8d0b4f17',
  name: 'An example of a small answer',
  price: 1299,
  currency: 'EUR',
  tags: ['small', 'json', 'answer'],
  stock: 42,
  updated: '2026-01-01',
}).padEnd(180)

/** nginx as the upstream: a fixed answer from memory. */
export async function openUpstream(lab: Lab): Promise<Server> {
  const seen = reportedHeaders.map((name) => `$http_${name.toLowerCase().replaceAll('-', '_')}`).join('\\n')
  const locations = `
    location / { return 200 '${answer}'; }
    location /seen { return 200 "${seen}"; }
    location ${seenPath} { return 200 "${seen}"; }`
  return openNginx(lab, 'upstream', lab.settings.cores.load, locations)
}

/** nginx as a reverse proxy, as near to what the others do as its configuration allows. */
export async function openNginxProxy(lab: Lab, upstream: Server): Promise<Server> {
  const target = upstream.origin.slice('http://'.length)
  const locations = `
    location / {
      proxy_pass http://upstream;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Proto $scheme;
    }`
  const pool = `upstream upstream { server ${target}; keepalive 256; keepalive_requests 1000000000; }`
  return openNginx(lab, 'nginx', lab.settings.cores.proxy, locations, pool)
}

async function openNginx(lab: Lab, name: string, core: number, locations: string, pool = ''): Promise<Server> {
  const port = await freePort()
  const prefix = join(lab.folder, `nginx-${name}`)
  await mkdir(prefix)
  const file = join(prefix, 'nginx.conf')
  await writeFile(file, nginxConfiguration(prefix, port, locations, pool))
  const child = lab.start(name, core, ['nginx', '-p', prefix, '-e', join(prefix, 'error.log'), '-c', file])
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { name, origin, child }
}

function nginxConfiguration(prefix: string, port: number, locations: string, pool: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${prefix}/${kind};`)
  return `daemon off;
worker_processes 1;
pid ${prefix}/nginx.pid;
error_log ${prefix}/error.log error;
events { worker_connections 4096; }
http {
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  tcp_nodelay on;
  ${temporary.join('\n  ')}
  ${pool}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${locations}
  }
}
`
}
