import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { loadConfig } from '../../src/control/config/load.ts'
import { type Gateway, openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { type CapturedLog, captureLog } from '../harness/captured-log.ts'
import { definition } from '../harness/definition.ts'
import { type GatewayFiles, type GatewayFolder, makeGatewayFolder } from '../harness/gateway-folder.ts'
import type { RawUpstream } from '../harness/raw-upstream.ts'

/** What came back. */
export interface AdminAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint answers; its schema is checked already.
  readonly json: any
  readonly headers: Headers
}

export interface AdminCall {
  readonly body?: unknown
  readonly secret?: string
}

/** A gateway, and a client of its admin API that holds every answer against the OpenAPI document. */
export interface AdminStage extends AsyncDisposable {
  readonly gateway: Gateway
  readonly folder: GatewayFolder
  readonly log: CapturedLog
  readonly store: Store
  /** Asks an endpoint, for instance `GET /tyk/keys/one?hashed=1`. */
  call(what: string, options?: AdminCall): Promise<AdminAnswer>
  /** The status that a client with this key gets from the gateway. */
  request(path: string, key: string): Promise<number>
  /** The statuses of endpoints below these paths that the document has, and that were not seen yet. */
  unseen(...prefixes: string[]): string[]
  /** Takes what another stage has seen for seen here. */
  alsoSeen(other: AdminStage): void
  readonly seen: ReadonlySet<string>
  /** Asks every endpoint below these paths without the secret. */
  refuseStrangers(...prefixes: string[]): Promise<void>
}

/** An API of `acme` that asks for keys. */
export function keyApi(upstream: RawUpstream, id: string, path = `/${id}/`): Record<string, unknown> {
  const fields = { api_id: id, org_id: 'acme', use_keyless: false, use_standard_auth: true, proxy: { listen_path: path } }
  return definition(upstream.url, fields)
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly security: readonly unknown[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<Record<string, { content: { 'application/json': { schema: object } } }>>
}

export async function openAdmin(files: Partial<GatewayFiles> = {}, change = (store: Store) => store): Promise<AdminStage> {
  const folder = await makeGatewayFolder({ definitions: {}, ...files })
  const log = captureLog()
  const store = change(await openMemoryStore())
  const gateway = await openGateway({
    config: await loadConfig({ file: folder.config, env: {} }),
    log: await openLog({ level: 'debug', format: 'json', destination: log.destination }),
    env: {},
    standIns: { store },
  })
  const ask = async (what: string, { body, secret = 'test-secret' }: AdminCall = {}): Promise<AdminAnswer> => {
    const [method = '', path = ''] = what.split(' ')
    const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
      method,
      headers: { 'X-Tyk-Authorization': secret },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, json: await response.json(), headers: response.headers }
  }
  const call = async (what: string, options?: AdminCall) => {
    const answer = await ask(what, options)
    document.check(what, answer)
    return answer
  }
  const document = new Document((await ask('GET /tyk/openapi.json')).json as OpenApi)
  return {
    gateway,
    folder,
    log,
    store,
    seen: document.seen,
    unseen: (...prefixes) => document.unseen(prefixes),
    alsoSeen: (other) => {
      for (const name of other.seen) document.seen.add(name)
    },
    call,
    async refuseStrangers(...prefixes) {
      for (const { method, path, security } of document.operations(prefixes)) {
        const { status, json } = await call(`${method} ${path.replace(/\{\w+\}/, 'anything')}`, { secret: 'wrong' })
        assert.equal(status === 403, security.length > 0, `${method} ${path}`)
        if (status === 403) assert.equal(json.message, 'Attempted administrative access with invalid or missing key!')
      }
    },
    async request(path, key) {
      const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { headers: { Authorization: key } })
      await response.arrayBuffer()
      return response.status
    },
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** The OpenAPI document, which answers are held against. */
class Document {
  readonly #documented = new Set<string>()
  readonly seen = new Set<string>()
  readonly #schemas = new Map<string, ValidateFunction>()
  readonly #paths: readonly string[]
  readonly #operations: OpenApi['paths']

  constructor({ paths }: OpenApi) {
    this.#operations = paths
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    this.#paths = Object.keys(paths).sort((a, b) => a.split('{').length - b.split('{').length)
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses, requestBody }] of Object.entries(operations)) {
        const takesJson = requestBody !== undefined && 'application/json' in requestBody.content
        for (const [status, { content }] of Object.entries(responses)) {
          const name = `${method.toUpperCase()} ${path} ${status}`
          // That JSON may be too large is shown by every-endpoint.test.ts, for all of them.
          if (!takesJson || status !== '413') this.#documented.add(name)
          this.#schemas.set(name, ajv.compile(content['application/json'].schema))
        }
      }
    }
  }

  check(what: string, { status, json }: AdminAnswer): void {
    const [method = '', target = ''] = what.split(' ')
    const path = this.#pathOf(method, target.split('?')[0]?.replace(/\/$/, '') ?? '')
    if (status === 405) return
    const name = `${method} ${path} ${status}`
    const matches = this.#schemas.get(name)
    assert.ok(matches, `${name} is documented; it was ${JSON.stringify(json)}`)
    assert.ok(matches(json), `${name} is as documented: ${JSON.stringify(matches.errors)} in ${JSON.stringify(json)}`)
    this.seen.add(name)
  }

  unseen(prefixes: readonly string[]): string[] {
    return [...this.#documented].filter((name) => isBelow(name.split(' ')[1] ?? '', prefixes) && !this.seen.has(name))
  }

  operations(prefixes: readonly string[]): { method: string; path: string; security: readonly unknown[] }[] {
    const paths = Object.entries(this.#operations).filter(([path]) => isBelow(path, prefixes))
    return paths.flatMap(([path, operations]) => {
      return Object.entries(operations).map(([method, { security }]) => ({ method: method.toUpperCase(), path, security }))
    })
  }

  /** The most particular path that has the method. */
  #pathOf(method: string, path: string): string | undefined {
    const fits = (template: string) =>
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
    return this.#paths.find((template) => fits(template) && method.toLowerCase() in (this.#operations[template] ?? {}))
  }
}

function isBelow(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
}
