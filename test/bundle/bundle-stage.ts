import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerEcho } from '../harness/answer-echo.ts'
import { type DefinitionFields, definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { headerValues } from '../harness/http-message.ts'
import { exchange, type RawResponse } from '../harness/raw-client.ts'
import { type RawUpstream, startUpstream } from '../harness/raw-upstream.ts'
import { type BundleServer, startBundleServer } from './bundle-server.ts'

/** A gateway with an API at `/bundled/` whose plugins are in `x.zip`, another API at `/other/`, and a server for bundles. */
export interface BundleStage extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly bundles: BundleServer
  get(path: string): Promise<RawResponse>
  /** The `Foo` headers that the upstream gets by way of the API, or the status where it gets nothing. */
  fooOf(path?: string): Promise<string[] | number>
}

export interface BundleStageOptions {
  /** The files of the server, `x.zip` among them. */
  readonly files?: Readonly<Record<string, Buffer>>
  readonly config?: Readonly<Record<string, unknown>>
  /** How the API of the bundle differs. */
  readonly definition?: DefinitionFields
  /** Definitions besides the two. */
  readonly more?: Readonly<Record<string, DefinitionFields>>
  /** A server that others use as well; it is not stopped. */
  readonly server?: BundleServer
  readonly env?: NodeJS.ProcessEnv
}

/** Short, so that what is never answered does not take long. */
const BUNDLE_TIMEOUT_S = 2

export async function openBundleStage(options: BundleStageOptions): Promise<BundleStage> {
  await using resources = new AsyncDisposableStack()
  const upstream = resources.use(await startUpstream(answerEcho))
  const bundles = options.server ?? resources.use(await startBundleServer(options.files))
  const gateway = resources.use(
    await startGateway({
      definitions: definitionsOf(upstream, options),
      config: {
        enable_bundle_downloader: true,
        bundle_base_url: bundles.url,
        bundle_timeout: BUNDLE_TIMEOUT_S,
        ...options.config,
      },
      ...(options.env && { env: options.env }),
    }),
  )
  const get = (path: string) => exchange(gateway.port, `GET ${path} HTTP/1.1\r\nHost: gateway.test\r\n\r\n`)
  const opened = resources.move()
  return {
    gateway,
    bundles,
    get,
    async fooOf(path = '/bundled/') {
      upstream.requests.length = 0
      const { status } = await get(path)
      const [request] = upstream.requests
      return request ? headerValues(request.head.lines, 'foo') : status
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function definitionsOf(upstream: RawUpstream, { definition: fields, more = {} }: BundleStageOptions) {
  const bundled = definition(upstream.url, {
    api_id: 'bundled',
    custom_middleware_bundle: 'x.zip',
    ...fields,
    proxy: { listen_path: '/bundled/', ...fields?.proxy },
  })
  const other = definition(upstream.url, { api_id: 'other', proxy: { listen_path: '/other/' } })
  const others = Object.entries(more).map(([name, each]) => [name, definition(upstream.url, each)] as const)
  return { 'bundled.json': bundled, 'other.json': other, ...Object.fromEntries(others) }
}

/** The only error of a report, wherever it stands in it. */
export function onlyReason({ report }: TestGateway): string {
  const reasons = [...report.failed.map(({ error }) => error.message), ...report.quarantined.map(({ reason }) => reason)]
  return reasons.join('\n')
}

/** The text of a file below the gateway's folder. */
export function readBelow(gateway: TestGateway, name: string): string {
  return readFileSync(join(gateway.folder.path, name), 'utf8')
}
