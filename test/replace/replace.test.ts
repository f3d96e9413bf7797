import assert from 'node:assert/strict'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { until } from '../harness/until.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'

const UNREACHED = 'http://127.0.0.1:1/'

/** An artifact whose plugin answers with `text`, after waiting for `/release` where the path is `/wait`. */
function artifact(text: string): string {
  return makeArtifact(`
    const { definePlugin, log } = require('postern/plugin')
    let release
    const released = new Promise((resolve) => { release = resolve })
    let calls = 0
    exports.Answer = definePlugin({
      async handler(c) {
        if (c.req.path.endsWith('/release')) release()
        if (c.req.path.endsWith('/wait')) await released
        return c.text('${text} ' + ++calls)
      },
      dispose() { log.get().info('disposed ${text}') },
    })
  `)
}

function api(id: string, hook = 'pre'): Record<string, unknown> {
  return definition(UNREACHED, {
    api_id: id,
    proxy: { listen_path: `/${id}/` },
    custom_middleware: { driver: 'jsplugin', [hook]: [{ name: 'Answer', path: 'plugins/plugin.js' }] },
  })
}

async function startWith(text: string, config: Record<string, unknown> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ definitions: { 'a.json': api('a'), 'b.json': api('b', 'post') }, config })
  await mkdir(join(gateway.folder.path, 'plugins'))
  await put(gateway, artifact(text))
  await gateway.reload()
  return gateway
}

/** Replaces the artifact the way `mv` does. */
async function put({ folder }: TestGateway, text: string): Promise<void> {
  const file = join(folder.path, 'plugins/plugin.js')
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

async function get({ port }: TestGateway, path: string, headers: Record<string, string> = {}): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text()
}

async function plugins(gateway: TestGateway) {
  const answer = await get(gateway, '/tyk/plugins', { 'X-Tyk-Authorization': 'test-secret' })
  return JSON.parse(answer).plugins
}

describe('an artifact replaced at its path', () => {
  test('serves new requests after a reload, while those in flight end on the old one, which is then disposed', async () => {
    await using gateway = await startWith('one')
    const inFlight = get(gateway, '/a/wait')
    await until('the call to be running', async () => (await get(gateway, '/a/')) === 'one 1')

    await put(gateway, artifact('two'))
    await gateway.reload()
    assert.equal(await get(gateway, '/a/'), 'two 1')
    assert.deepEqual(
      (await plugins(gateway)).map(({ state }: { state: string }) => state),
      ['retiring', 'serving'],
    )
    assert.ok(!gateway.log.lines.some((line) => line.includes('disposed')), 'disposed under a running request')

    await put(gateway, artifact('one'))
    await gateway.reload()
    await get(gateway, '/a/release')
    assert.equal(await inFlight, 'one 3')
    await gateway.log.waitFor('disposed two')
  })

  test('is one instance for every API and hook that uses it, and keeps its state while it does not change', async () => {
    await using gateway = await startWith('one')
    assert.equal(await get(gateway, '/a/'), 'one 1')
    assert.equal(await get(gateway, '/b/'), 'one 2')
    await gateway.reload()
    assert.equal(await get(gateway, '/b/'), 'one 3')
    const [only, ...more] = await plugins(gateway)
    assert.deepEqual(more, [])
    assert.deepEqual(
      only.used_by.map(({ api_id, hook, name }: Record<string, string>) => `${api_id} ${hook} ${name}`),
      ['a pre Answer', 'b post Answer'],
    )
  })

  test('by a broken one leaves the one before it serving, and says why in the log and to the operator', async () => {
    await using gateway = await startWith('one')
    await put(gateway, artifact('two').replace('two', 'twO'))
    await gateway.reload()
    assert.equal(await get(gateway, '/a/'), 'one 1')
    await gateway.log.waitFor('the version before it stays in use')
    const [plugin] = await plugins(gateway)
    assert.equal(plugin.state, 'serving')
    assert.match(plugin.problem.reason, /plugin\.js" failed: .*digest/)
    const lines = gateway.log.lines.filter((line) => line.includes('stays in use'))
    assert.equal(lines.length, 1, 'said once, though it is used twice')

    await put(gateway, artifact('three'))
    await gateway.reload()
    assert.equal(await get(gateway, '/a/'), 'three 1')
    assert.equal((await plugins(gateway))[0].problem, undefined)
  })

  test('by one whose schema refuses the definition leaves the API as it was', async () => {
    await using gateway = await startWith('one')
    const refuse = "{ '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) } }"
    await put(
      gateway,
      makeArtifact(`exports.Answer = require('postern/plugin').definePlugin({ config: ${refuse}, handler: () => {} })`),
    )
    const report = await gateway.reload()
    assert.deepEqual(
      report.failed.map(({ apiId, kept }) => ({ apiId, kept })),
      [
        { apiId: 'a', kept: true },
        { apiId: 'b', kept: true },
      ],
    )
    assert.equal(await get(gateway, '/a/'), 'one 1')
    assert.deepEqual(
      (await plugins(gateway)).map(({ state }: { state: string }) => state),
      ['serving'],
    )
  })

  test('that was missing at first is taken up when it appears', async () => {
    await using gateway = await startGateway({ definitions: { 'a.json': api('a') }, config: { watch_plugins: true } })
    assert.match(await get(gateway, '/a/'), /Internal Server Error/)
    assert.equal((await plugins(gateway))[0].state, 'failed')
    await mkdir(join(gateway.folder.path, 'plugins'))
    await put(gateway, artifact('late'))
    await until('the plugin to be loaded', async () => (await get(gateway, '/a/')).startsWith('late'))
  })
})

describe('watch_plugins', () => {
  test('loads what was renamed over, rewritten in place, or half written at first', async () => {
    await using gateway = await startWith('one', { watch_plugins: true })
    const file = join(gateway.folder.path, 'plugins/plugin.js')
    const becomes = (text: string) => until(`the answer of ${text}`, async () => (await get(gateway, '/a/')).startsWith(text))

    await put(gateway, artifact('two'))
    await becomes('two')
    await writeFile(file, artifact('three'))
    await becomes('three')
    const four = artifact('four')
    await writeFile(file, four.slice(0, -20))
    await gateway.log.waitFor('stays in use')
    assert.match(await get(gateway, '/a/'), /^three/)
    await writeFile(file, four)
    await becomes('four')
  })

  test('sees the links of a mounted volume turn', async () => {
    await using gateway = await startWith('one', { watch_plugins: true })
    const { path } = gateway.folder
    for (const version of ['v1', 'v2']) {
      await mkdir(join(path, version))
      await writeFile(join(path, version, 'plugin.js'), artifact(version))
    }
    const turn = async (version: string) => {
      await symlink(version, join(path, '..data.new'))
      await rename(join(path, '..data.new'), join(path, '..data'))
    }
    await turn('v1')
    await rename(join(path, 'plugins'), join(path, 'plugins.old'))
    await mkdir(join(path, 'plugins'))
    await symlink('../..data/plugin.js', join(path, 'plugins/plugin.js'))
    await until('v1', async () => (await get(gateway, '/a/')).startsWith('v1'))
    await turn('v2')
    await until('v2', async () => (await get(gateway, '/a/')).startsWith('v2'))
  })
})
