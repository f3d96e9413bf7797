import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, type Lab, untilReady } from './lab.ts'
import { measuredPath, type OwnServer, reportedHeaders, type Server } from './server.ts'

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

/** 2 KB of JSON, as an API might answer with. */
const record = JSON.stringify({
  id: '7f3c2a9e-51d4-4b86-9a10-6c2e8d0b4f17',
  internal: { shard: 7, cost: 811 },
  items: Array.from({ length: 17 }, (_, i) => ({
    sku: `K-${1000 + i}`,
    name: `Item number ${i} of the record`,
    price: 1299 + i,
    tags: ['kitchen', 'new'],
  })),
})

/** Sizes of the files below /files/ (and, for a control, /bench/files/), in bytes, by their names. */
export const files = { '1k': 1_000, '100k': 100_000, '10m': 10_000_000 } as const

/**
 * nginx as the upstream: a fixed answer from memory; 2 KB of JSON below /record; files; below /upload, how many bytes of
 * body it has received. It reads a body to its end before it answers, as most upstreams do.
 */
export async function openUpstream(lab: Lab): Promise<OwnServer> {
  const seen = reportedHeaders.map((name) => `$http_${name.toLowerCase().replaceAll('-', '_')}`).join('\\n')
  const root = join(lab.folder, 'upstream-files')
  await mkdir(root)
  await Promise.all(Object.entries(files).map(([name, size]) => writeFile(join(root, name), 'x'.repeat(size))))
  const port = lab.settings.upstreamPort || (await freePort())
  // What is handed to itself without its body is handed on only once the body is there.
  const uploads = `
      client_max_body_size 0;
      client_body_buffer_size 11m;
      proxy_pass http://itself/received;
      proxy_http_version 1.1;
      proxy_pass_request_body off;
      proxy_set_header Connection "";
      proxy_set_header Content-Length "";
      proxy_set_header X-Length $content_length;
      proxy_method GET;`
  const places = ['', '/bench'].map(
    (prefix) => `
    location ${prefix}/seen { return 200 "${seen}"; }
    location ${prefix}/record { return 200 '${record}'; }
    location ${prefix}/files/ { alias ${root}/; }
    location ${prefix}/upload {${uploads}
    }`,
  )
  const locations = `
    location / { return 200 '${answer}'; }
    location /received { return 200 "$http_x_length"; }${places.join('')}`
  return openNginx(lab, {
    name: 'upstream',
    core: lab.settings.cores.load,
    port,
    locations,
    pool: `upstream itself { server 127.0.0.1:${port}; keepalive 64; }`,
  })
}

/** nginx as a reverse proxy, as near to what the others do as its configuration allows. */
export async function openNginxProxy(lab: Lab, upstream: Server): Promise<OwnServer> {
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
  return openNginx(lab, { name: 'nginx', core: lab.settings.cores.proxy, port: await freePort(), locations, pool })
}

interface NginxOptions {
  readonly name: string
  readonly core: number
  readonly port: number
  readonly locations: string
  readonly pool?: string
}

async function openNginx(lab: Lab, { name, core, port, locations, pool = '' }: NginxOptions): Promise<OwnServer> {
  const prefix = await mkdtemp(join(lab.folder, `nginx-${name}-`))
  const file = join(prefix, 'nginx.conf')
  await writeFile(file, nginxConfiguration(prefix, port, locations, pool))
  const child = lab.start(name, core, ['nginx', '-p', prefix, '-e', join(prefix, 'error.log'), '-c', file])
  const origin = `http://127.0.0.1:${port}`
  await untilReady(child, origin + measuredPath)
  return { name, origin, child }
}

function nginxConfiguration(prefix: string, port: number, locations: string, pool: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${prefix}/${kind};`)
  // Started by root it would serve as somebody who may not read the temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;\n' : ''
  return `${user}daemon off;
worker_processes 1;
pid ${prefix}/nginx.pid;
error_log ${prefix}/error.log error;
worker_rlimit_nofile 20000;
events { worker_connections 12000; }
http {
  access_log off;
  default_type application/json;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  tcp_nodelay on;
  sendfile on;
  ${temporary.join('\n  ')}
  ${pool}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    ${locations}
  }
}
`
}
