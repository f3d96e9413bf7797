import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSamples } from '../docs/read-samples.ts'
import { until } from '../harness/until.ts'
import { images, openNetwork, type RunningContainer, start, type TestNetwork } from './containers.ts'
import { mountedFolder } from './mounted-folder.ts'
import { buildPeers } from './peers.ts'

const SECRET = 'secret of the test'
const NAMES = ['gateway-1', 'gateway-2', 'gateway-3'] as const

/** What the documentation has for a proxy. */
function documented(language: string): string {
  const [sample, ...others] = readSamples('docs/fleet.md', language)
  if (!sample || others.length > 0) throw new Error(`docs/fleet.md is to have one sample for ${language}`)
  return sample.text
}

/** It looks at `/ready`: a gateway that drains gets no more requests, and what it has is not broken off. */
const haproxy = () => `${documented('haproxy')}
frontend stats
  bind :8404
  stats enable
  stats uri /stats
`

/** It learns from what fails. */
const nginx = () => `daemon off;
events { worker_connections 1024; }
http {
  access_log off;
${documented('nginx')}
}
`

export type GatewayName = (typeof NAMES)[number]

/** Three gateways on one Redis, each in a container. */
export interface FleetStage extends AsyncDisposable {
  readonly gateways: Readonly<Record<GatewayName, RunningContainer>>
  openProxy(kind: 'haproxy' | 'nginx'): Promise<Proxy>
  /** Asks the admin API of one gateway: `POST /tyk/keys/abc`. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint answers.
  admin(name: GatewayName, what: string, body?: object | string): Promise<{ status: number; json: any }>
  /** Whether it is ready, and has Redis. */
  isReady(name: GatewayName): Promise<boolean>
  cutOffFromRedis(name: GatewayName): Promise<void>
  joinRedis(name: GatewayName): Promise<void>
}

/** What stands before the gateways. */
export interface Proxy extends AsyncDisposable {
  /** Where clients come in. */
  readonly url: string
  /** Whether haproxy sends requests to a gateway. */
  isUp(name: GatewayName): Promise<boolean>
}

export async function openFleetStage(definitions: readonly object[]): Promise<FleetStage> {
  await using resources = new AsyncDisposableStack()
  const peers = resources.use(await buildPeers())
  const [front, back] = [resources.use(await openNetwork('front')), resources.use(await openNetwork('back'))]
  const home = resources.use(await mountedFolder()).path
  await mkdir(join(home, 'apps'))
  for (const [i, definition] of definitions.entries()) await writeFile(join(home, `apps/${i}.json`), JSON.stringify(definition))
  await writeFile(join(home, 'haproxy.cfg'), haproxy())
  await writeFile(join(home, 'nginx.conf'), nginx())

  const redis = ['redis-server', '--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '']
  resources.use(await start({ image: peers.image, args: redis, alias: 'redis', host: { NetworkMode: back.name } }))
  const echo = ['echo', '--port', '8080']
  resources.use(await start({ image: images.gateway, args: echo, alias: 'echo', host: { NetworkMode: front.name } }))
  const startOne = async (name: GatewayName) => {
    const gateway = resources.use(await startGateway(name, front, join(home, 'apps')))
    await back.connect(gateway)
    return gateway
  }
  const gateways = {
    'gateway-1': await startOne('gateway-1'),
    'gateway-2': await startOne('gateway-2'),
    'gateway-3': await startOne('gateway-3'),
  }
  const isReady = async (name: GatewayName) => {
    const answer = await fetch(`${await gateways[name].urlOf(8181)}/ready`).catch(() => null)
    return answer?.status === 200 && JSON.parse(await answer.text()).status === 'pass'
  }
  for (const name of NAMES) await until(`${name} to be ready`, () => isReady(name), 60_000)
  const opened = resources.move()
  return {
    gateways,
    isReady,
    openProxy: (kind) => openProxy(kind, peers.image, front, home),
    async admin(name, what, body) {
      const [method = '', path = ''] = what.split(' ')
      const answer = await fetch(`${await gateways[name].urlOf(8181)}${path}`, {
        method,
        headers: { 'X-Tyk-Authorization': SECRET },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: answer.status, json: await answer.json() }
    },
    cutOffFromRedis: (name) => back.disconnect(gateways[name]),
    joinRedis: (name) => back.connect(gateways[name]),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function startGateway(name: GatewayName, network: TestNetwork, apps: string): Promise<RunningContainer> {
  return start({
    image: images.gateway,
    args: [],
    alias: name,
    env: {
      POSTERN_SECRET: SECRET,
      POSTERN_STORAGE_TYPE: 'redis',
      POSTERN_STORAGE_HOST: 'redis',
      // A busy machine may hold a process up for longer than the default allows.
      POSTERN_STORAGE_TIMEOUT: '2',
      POSTERN_GRACEFUL_SHUTDOWN_DELAY_SECONDS: '2',
    },
    host: {
      NetworkMode: network.name,
      PortBindings: published(8181),
      Binds: [`${apps}:/opt/postern/apps:ro`],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
    },
  })
}

async function openProxy(kind: 'haproxy' | 'nginx', image: string, network: TestNetwork, home: string): Promise<Proxy> {
  const args = kind === 'nginx' ? ['nginx', '-c', '/etc/fleet/nginx.conf'] : ['haproxy', '-f', '/etc/fleet/haproxy.cfg']
  const host = {
    NetworkMode: network.name,
    PortBindings: { ...published(8080), ...published(8404) },
    Binds: [`${home}:/etc/fleet:ro`],
  }
  const proxy = await start({ image, args, host })
  const url = await proxy.urlOf(8080)
  await until('the proxy', async () => (await fetch(`${url}/ready`).catch(() => null))?.status === 200)
  return {
    url,
    async isUp(name) {
      const answer = await fetch(`${await proxy.urlOf(8404)}/stats;csv`)
      return new RegExp(`^gateways,${name},.*,UP,`, 'm').test(await answer.text())
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

function published(port: number) {
  return { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] }
}
