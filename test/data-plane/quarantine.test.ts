import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { compile } from '../../src/compiler/compile.ts'
import { current } from '../../src/version.ts'
import { compiledText } from '../harness/compiled-plugin.ts'
import { definition } from '../harness/definition.ts'
import { startGateway } from '../harness/gateway.ts'
import { formatRequest } from '../harness/http-message.ts'
import { exchange } from '../harness/raw-client.ts'
import { startUpstream } from '../harness/raw-upstream.ts'

const source = `
  import type { Plugin } from 'postern/plugin'
  export const Fine: Plugin = (c) => {
    c.req.raw.headers.set('X-Fine', '1')
  }
`

describe('an artifact that this gateway will not load fails the hook that uses it, and nothing else', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-quarantine-'))
    await writeFile(join(folder, 'plugin.ts'), source)
  })
  after(() => rm(folder, { recursive: true }))

  /** What a request gets through the artifact, and what the log says of it. */
  async function serve(artifact: string): Promise<{ broken: number; fine: number; log: string }> {
    await using upstream = await startUpstream()
    const using = (path: string, api_id: string) => {
      const custom_middleware = { driver: 'jsplugin', pre: [{ name: 'Fine', path }] }
      return definition(upstream.url, { api_id, name: api_id, proxy: { listen_path: `/${api_id}/` }, custom_middleware })
    }
    await using gateway = await startGateway({
      definitions: { '1.json': using('broken.js', 'broken'), '2.json': using('fine.js', 'fine') },
      artifacts: { 'broken.js': artifact, 'fine.js': await compiledText(source) },
    })
    const ask = async (path: string) => (await exchange(gateway.port, formatRequest(`GET ${path}`))).status
    return { broken: await ask('/broken/'), fine: await ask('/fine/'), log: gateway.log.lines.join('\n') }
  }

  const builtFor = async (version: typeof current) => {
    const output = join(folder, 'other.js')
    await compile({ source: folder, output, running: version })
    return output
  }

  const changed = async (change: (text: string) => string) => {
    const output = join(folder, 'changed.js')
    await writeFile(output, change(await readFile(await compiledText(source), 'utf8')))
    return output
  }

  const artifacts: Record<string, [artifact: () => Promise<string>, log: RegExp]> = {
    'was built for another version': [() => builtFor({ ...current, version: '1.0.0' }), /built for.*v1\.0\.0.*v\d+\.\d+\.\d+/],
    'was built against another contract': [() => builtFor({ ...current, contract: 'f'.repeat(64) }), /contract/],
    'was changed after it was built': [
      () => changed((text) => text.replace('X-Fine', 'X-Evil')),
      /digest|changed|does not match/,
    ],
    'is cut short': [() => changed((text) => text.slice(0, -200)), /digest|changed|does not match/],
    'is no artifact at all': [() => changed(() => 'exports.Fine = () => {}\n'), /artifact/],
  }
  for (const [what, [artifact, log]] of Object.entries(artifacts)) {
    test(`because it ${what}`, async () => {
      const outcome = await serve(await artifact())
      assert.equal(outcome.broken, 500)
      assert.equal(outcome.fine, 200)
      assert.match(outcome.log, log)
    })
  }
})
