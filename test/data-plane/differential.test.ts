import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { openConnection } from '../harness/raw-client.ts'
import { answerOk, type RawUpstream, type RecordedRequest, type Script, startUpstream } from '../harness/raw-upstream.ts'
import { until } from '../harness/until.ts'
import { differences } from './differential/differences.ts'
import { bytesOf, contentBeforeRest, type GeneratedRequest, generatedRequest } from './differential/generated-request.ts'
import { type Seen, seen } from './differential/seen.ts'

const REQUESTS = 600
const plugin = "import type { Plugin } from 'postern/plugin'\nexport const Nothing: Plugin = () => {}\n"
const chains = { '/none/': 0, '/one/': 1, '/ten/': 10 }

/** Reads without ever answering, for requests that are aborted. */
const listen: Script = async ({ receive, closed }) => {
  await receive()
  await closed
}

describe('a generated request', () => {
  let upstream: RawUpstream
  let gateway: TestGateway
  const occurred = new Set<string>()

  before(async () => {
    upstream = await startUpstream()
    gateway = await startGateway({
      definitions: Object.fromEntries(
        Object.entries(chains).map(([path, plugins]) => [`${plugins}.json`, chainOf(path, plugins)]),
      ),
      artifacts: { 'plugin.js': await compiledText(plugin) },
      config: { log_level: 'warn' },
    })
  })

  after(async () => {
    await gateway[Symbol.asyncDispose]()
    await upstream[Symbol.asyncDispose]()
  })

  function chainOf(listen_path: string, plugins: number): object {
    const pre = Array(plugins).fill({ name: 'Nothing', path: 'plugin.js' })
    return definition(upstream.url, {
      name: listen_path,
      api_id: `plugins-${plugins}`,
      proxy: { listen_path },
      ...(plugins > 0 && { custom_middleware: { driver: 'jsplugin', pre } }),
    })
  }

  test(`reaches the upstream through none, one and ten plugins as it was sent, but for the listed differences`, async () => {
    await fc.assert(
      fc.asyncProperty(generatedRequest, async (request) => {
        const direct = await seenOf(request, upstream.port, '/')
        for (const path of Object.keys(chains)) {
          const through = await seenOf(request, gateway.port, path)
          assert.deepEqual(through, expectedThrough(direct, through))
        }
      }),
      { seed: 20261122, numRuns: REQUESTS },
    )
  })

  test('shows every listed difference', () => {
    assert.deepEqual(
      differences.filter(({ what }) => !occurred.has(what)).map(({ what }) => what),
      [],
    )
  })

  /** Sends a request, and says what the upstream saw of it. */
  async function seenOf(request: GeneratedRequest, port: number, listenPath: string): Promise<Seen> {
    upstream.script = request.abort ? listen : answerOk
    upstream.requests.length = 0
    const [first, second] = bytesOf(request, listenPath)
    using connection = await openConnection(port)
    await connection.send(first)
    const arrived = request.abort || contentBeforeRest(request.body) > 0 ? await firstPart(request) : undefined
    if (request.abort) {
      connection.abort()
      await until('the abort to reach the upstream', () => arrived?.aborted)
    } else {
      await connection.send(second)
      const { status } = await connection.receive({ method: request.method })
      assert.equal(status, 200)
    }
    assert.equal(upstream.requests.length, 1)
    return seen(upstream.requests[0] ?? assert.fail())
  }

  function firstPart({ body }: GeneratedRequest): Promise<RecordedRequest> {
    return until('the first part', () => upstream.requests.find((request) => request.body.length >= contentBeforeRest(body)))
  }

  function expectedThrough(direct: Seen, through: Seen): Seen {
    return differences.reduce((before, { what, apply }) => {
      const after = apply(before, through)
      if (!isDeepStrictEqual(before, after)) occurred.add(what)
      return after
    }, direct)
  }
})
