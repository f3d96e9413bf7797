import assert from 'node:assert/strict'
import type { RequestObserver } from '../../src/telemetry/finished-request.ts'
import { compiledText } from './compiled-plugin.ts'
import { type DefinitionFields, definition } from './definition.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { type RawUpstream, type Script, startUpstream } from './raw-upstream.ts'

/** One gateway between a test and a recording upstream. */
export interface Stage extends AsyncDisposable {
  readonly upstream: RawUpstream
  readonly gateway: TestGateway
  /** The gateway's port. */
  readonly port: number
}

export interface StageOptions {
  /** What the upstream does; answers `ok` unless given. */
  readonly script?: Script
  /** How the API differs from a keyless one at `/api/`; `{{upstream}}` stands for the upstream's URL. */
  readonly definition?: DefinitionFields
  /** The text of a plugin's TypeScript, compiled to `plugin.js`. */
  readonly plugin?: string
  /** Further files in the gateway's folder. */
  readonly files?: Readonly<Record<string, string>>
  /** Ids of policies that let a key use the API. */
  readonly policies?: readonly string[]
  /** Settings of gateway.conf. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Is told of every request that has ended. */
  readonly onRequest?: RequestObserver
}

/** Opens a stage: `await using stage = await openStage()`. */
export async function openStage({
  script,
  definition: fields,
  plugin,
  files = {},
  policies = [],
  config = {},
  onRequest,
}: StageOptions = {}): Promise<Stage> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream(script))
  const gateway = resources.use(
    await startGateway({
      definitions: { 'api.json': JSON.stringify(definition('{{upstream}}', fields)).replaceAll('{{upstream}}', upstream.url) },
      artifacts: plugin === undefined ? {} : { 'plugin.js': await compiledText(plugin) },
      files: { ...files, 'policies.json': JSON.stringify(Object.fromEntries(policies.map((id) => [id, policy(id)]))) },
      config: { ...(policies.length > 0 && { policies: { policy_record_name: 'policies.json' } }), ...config },
      ...(onRequest && { onRequest }),
    }),
  )
  assert.deepEqual(gateway.report.failed, [], 'the definition of the stage loads')
  const opened = resources.move()
  return { upstream, gateway, port: gateway.port, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

function policy(id: string): object {
  return { id, org_id: 'default', active: true, access_rights: { 'test-api': { api_id: 'test-api', versions: [] } } }
}
