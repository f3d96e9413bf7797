import assert from 'node:assert/strict'
import { mkdtempDisposable, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ReportedPlugin } from '../../src/control/plugin-report.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { signArtifact } from '../../src/plugin/signing/sign-artifact.ts'
import { onlyReason, openBundleStage } from '../bundle/bundle-stage.ts'
import { headerPlugin, makeBundle } from '../bundle/make-bundle.ts'
import { definition } from '../harness/definition.ts'
import { startGateway, type TestGateway } from '../harness/gateway.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { type KeyPair, makeKeyPair } from './key-pair.ts'

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>
let [trusted, second, stranger] = [] as unknown as [KeyPair, KeyPair, KeyPair]
before(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), 'postern-signing-'))
  trusted = await makeKeyPair(folder.path, 'release')
  second = await makeKeyPair(folder.path, 'ci')
  stranger = await makeKeyPair(folder.path, 'stranger')
})
after(() => folder.remove())

const api = definition('http://127.0.0.1:1/', {
  custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Answer', path: 'plugin.js' }] },
})

const artifact = (text: string) => Buffer.from(makeArtifact(`exports.Answer = (c) => c.text('${text}')\n`))
const signed = (text: string, { signKey } = trusted) => signArtifact(artifact(text), signKey)

/** The artifact with a line 2 of its own. */
function withLine2(bytes: Buffer, line: string): Buffer {
  return Buffer.from(bytes.toString().replace('\n', `\n${line}\n`))
}

async function put({ path }: { path: string }, content: Buffer): Promise<void> {
  await writeFile(join(path, 'plugin.js.new'), content)
  await rename(join(path, 'plugin.js.new'), join(path, 'plugin.js'))
}

async function serve(content: Buffer, config: Record<string, unknown> = {}): Promise<TestGateway> {
  await put(folder, content)
  return await startGateway({
    definitions: { 'api.json': api },
    artifacts: { 'plugin.js': join(folder.path, 'plugin.js') },
    config: { plugin_public_keys: [trusted.publicFile, second.publicFile], ...config },
  })
}

async function get({ port }: TestGateway): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/`)
  return `${answer.status} ${await answer.text()}`
}

/** What the admin API says of plugins. */
async function reported({ port }: TestGateway): Promise<ReportedPlugin[]> {
  const headers = { 'X-Tyk-Authorization': 'test-secret' }
  const answer = await fetch(`http://127.0.0.1:${port}/tyk/plugins`, { headers })
  return ((await answer.json()) as { plugins: ReportedPlugin[] }).plugins
}

const quarantined = /^500 .*Internal Server Error/s

test('an artifact signed by any of the trusted keys serves, and the admin API tells by which', async () => {
  for (const pair of [trusted, second]) {
    await using gateway = await serve(signed('hello', pair), { require_signed_plugins: true })
    assert.equal(await get(gateway), '200 hello')
    assert.equal((await reported(gateway))[0]?.signed_by, pair.id)
  }
})

interface Refused {
  readonly what: string
  readonly file: () => Buffer
  readonly code: ErrorCode
  readonly says: () => string
  /** Refused only where signatures are required. */
  readonly onlyRequired?: boolean
}

const refused: readonly Refused[] = [
  {
    what: 'without a signature',
    file: () => artifact('x'),
    code: 'artifact_unsigned',
    says: () => 'it has no signature, and one is required',
    onlyRequired: true,
  },
  {
    what: 'signed by a key that is not trusted',
    file: () => signed('x', stranger),
    code: 'artifact_signer_unknown',
    says: () => `it is signed by the key ${stranger.id}, which is not trusted`,
  },
  {
    what: 'with the signature of another artifact',
    file: () => withLine2(artifact('x'), signed('y').toString().split('\n')[1] ?? ''),
    code: 'artifact_signature_wrong',
    says: () => `its signature is not one that the key ${trusted.id} made for its stamp`,
  },
  {
    what: "with a stranger's signature in the name of a trusted key",
    file: () => Buffer.from(signed('x', stranger).toString().replace(stranger.id, trusted.id)),
    code: 'artifact_signature_wrong',
    says: () => `its signature is not one that the key ${trusted.id} made for its stamp`,
  },
]

for (const { what, file, code, says, onlyRequired = false } of refused) {
  test(`an artifact ${what} is quarantined, in one sentence with the trusted keys and the command that signs it`, async () => {
    await using gateway = await serve(file(), { require_signed_plugins: true })
    assert.match(await get(gateway), quarantined)
    const { err, msg } = JSON.parse(await gateway.log.waitFor(code))
    assert.equal(err.code, code)
    assert.ok(msg.includes(says()), msg)
    assert.ok(msg.includes(`(trusted keys: ${trusted.id} (release.pub), ${second.id} (ci.pub))`), msg)
    assert.match(msg, /: docker run --rm .* postern\/plugin-compiler:v\S+ sign plugin\.js --key \/sign\.key$/)
    assert.doesNotMatch(msg, /\n|\. /)
  })

  test(`an artifact ${what} is ${onlyRequired ? 'loaded' : 'refused'} where signatures are verified but not required`, async () => {
    await using gateway = await serve(file())
    assert.match(await get(gateway), onlyRequired ? /^200 x/ : quarantined)
  })
}

test('without trusted keys a signature is not verified, but a line that is no signature is refused all the same', async () => {
  const noKeys = { plugin_public_keys: [] }
  await using gateway = await serve(signed('x', stranger), noKeys)
  assert.equal(await get(gateway), '200 x')
  assert.equal((await reported(gateway))[0]?.signed_by, undefined)
  await using other = await serve(withLine2(artifact('x'), '/*! postern-sig release c2ln */'), noKeys)
  assert.match(await get(other), quarantined)
  await other.log.waitFor('its second line begins as a signature and is none')
})

describe('a reload', () => {
  test('keeps the last good version while the new file is not signed as it has to be', async () => {
    await using gateway = await serve(signed('one'), { require_signed_plugins: true })
    for (const bad of [artifact('two'), signed('two', stranger), withLine2(artifact('two'), 'x')]) {
      await put(gateway.folder, bad)
      await gateway.reload()
      assert.equal(await get(gateway), '200 one')
    }
    const [plugin] = await reported(gateway)
    assert.equal(plugin?.state, 'serving')
    assert.match(plugin?.problem?.reason ?? '', /it has no signature, and one is required/)
    await put(gateway.folder, signed('two'))
    await gateway.reload()
    assert.equal(await get(gateway), '200 two')
  })
})

test('a bundle whose artifacts are not signed as they have to be never takes the place of one whose are', async () => {
  const plugin = await headerPlugin()
  const bundle = (content: Buffer) => makeBundle({ files: { 'plugin.js': content } })
  await using stage = await openBundleStage({
    files: { 'x.zip': bundle(signArtifact(plugin, trusted.signKey)) },
    config: { plugin_public_keys: [trusted.publicFile], require_signed_plugins: true },
  })
  assert.deepEqual(await stage.fooOf(), ['Bar'])
  for (const [content, reason] of [
    [await headerPlugin('Other'), /it has no signature, and one is required/],
    [signArtifact(await headerPlugin('Other'), stranger.signKey), /which is not trusted/],
  ] as const) {
    stage.bundles.files.set('x.zip', bundle(content))
    await stage.gateway.reload()
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    assert.match(onlyReason(stage.gateway), reason)
  }
})
