import assert from 'node:assert/strict'
import { lstat, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { pluginBuild } from '../../src/cli/plugin-build.ts'
import { pluginCheck } from '../../src/cli/plugin-check.ts'
import { pluginSign } from '../../src/cli/plugin-sign.ts'
import { runCompilerImage } from '../../src/compiler/image-entry.ts'
import { pluginFolder } from '../compiler/plugin-folder.ts'
import { runCommand } from '../harness/run-command.ts'
import { type KeyPair, makeKeyPair } from './key-pair.ts'

// It tells whether a plugin learns where the key lies.
const source = {
  'plugin.ts': "export const A = () => new Response('a')\nif (process.env.POSTERN_SIGN_KEY_FILE) throw new Error('it knows')\n",
  'package.json': { name: 'signed', version: '1.0.0' },
}

let folder: string
let pair: KeyPair
let unsigned: string
before(async () => {
  folder = await pluginFolder(source)
  pair = await makeKeyPair(await pluginFolder({}), 'release')
  unsigned = join(folder, 'unsigned.js')
  assert.equal((await runCommand(pluginBuild, [folder, '-o', unsigned])).code, 0)
})

const check = (path: string, ...more: string[]) => runCommand(pluginCheck, [path, '--public-key', pair.publicFile, ...more])

test('build signs with the key that an option or the environment names, and the plugin does not learn where it is', async () => {
  const [first, second] = [join(folder, 'first.js'), join(folder, 'second.js')]
  const { code, out, err } = await runCommand(pluginBuild, [folder, '-o', first, '--sign-key', pair.privateFile])
  assert.equal(code, 0, err)
  assert.match(out, new RegExp(`\n {2}signed with: ${pair.id}\n$`))
  const env = { POSTERN_SIGN_KEY_FILE: pair.privateFile }
  assert.equal((await runCommand(pluginBuild, [folder, '-o', second], env)).code, 0)
  assert.deepEqual(await readFile(first), await readFile(second))
  const checked = await check(first)
  assert.equal(checked.code, 0)
  assert.match(checked.out, new RegExp(`\n {2}signature: by the key ${pair.id}, verified\n`))
})

test('sign gives the bytes that build would have given, through a link too, which stays one', async () => {
  const built = join(folder, 'built.js')
  await runCommand(pluginBuild, [folder, '-o', built, '--sign-key', pair.privateFile])
  const file = join(folder, 'later.js')
  const link = join(folder, 'link.js')
  await writeFile(file, await readFile(unsigned))
  await symlink(file, link)
  const { code, out } = await runCommand(pluginSign, [link, '--key', pair.privateFile])
  assert.deepEqual([code, out], [0, `Signed "signed" 1.0.0 with the key ${pair.id}: ${link}\n`])
  assert.ok((await lstat(link)).isSymbolicLink())
  assert.deepEqual(await readFile(file), await readFile(built))
})

test('sign replaces a signature, be it broken, and refuses an artifact that is not whole', async () => {
  const file = join(folder, 'again.js')
  const text = await readFile(unsigned, 'utf8')
  await writeFile(file, text.replace('\n', '\n/*! postern-sig broken */\n'))
  assert.equal((await runCommand(pluginSign, [file, '--key', pair.privateFile])).code, 0)
  assert.equal((await check(file)).code, 0)

  await writeFile(file, `${text} `)
  const { code, err } = await runCommand(pluginSign, [file, '--key', pair.privateFile])
  assert.equal(code, 1)
  assert.match(err, /its code does not have the digest in its stamp/)
  assert.equal(await readFile(file, 'utf8'), `${text} `)
})

test('check with a key refuses what a gateway that trusts it would refuse', async () => {
  const refused = await check(unsigned)
  assert.equal(refused.code, 1)
  assert.match(
    refused.err,
    new RegExp(`it has no signature, and one is required \\(trusted keys: ${pair.id} \\(release\\.pub\\)\\)`),
  )
  const stranger = await makeKeyPair(await pluginFolder({}), 'stranger')
  const file = join(folder, 'strange.js')
  await runCommand(pluginBuild, [folder, '-o', file, '--sign-key', stranger.privateFile])
  const strange = await check(file)
  assert.equal(strange.code, 1)
  assert.match(strange.out, new RegExp(`signature: by the key ${stranger.id}, not verified`))
  assert.match(strange.err, new RegExp(`it is signed by the key ${stranger.id}, which is not trusted`))
  assert.equal((await check(file, '--public-key', stranger.publicFile)).code, 0, 'either key')
})

describe('wrong keys', () => {
  test('end build before anything is compiled, and sign', async () => {
    const missing = '/nowhere/release.key'
    for (const [command, args] of [
      [pluginBuild, ['/nowhere', '--sign-key', missing]],
      [pluginSign, [unsigned, '--key', missing]],
    ] as const) {
      const { code, err } = await runCommand(command, args)
      assert.equal(code, 1)
      assert.match(err, /^Read the private key "\/nowhere\/release\.key" failed: found no such file, expected one Ed25519 key/)
    }
    const none = await runCommand(pluginSign, [unsigned], { POSTERN_SIGN_KEY_FILE: '' })
    assert.equal(none.code, 1)
    assert.match(none.err, /no key is given; name its file with --key FILE or POSTERN_SIGN_KEY_FILE/)
    assert.match((await check(unsigned, '--public-key', pair.privateFile)).err, /found a PEM block called "PRIVATE KEY"/)
  })
})

test('the compiler image signs what it compiles, or what was compiled before', async () => {
  const inImage = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    runCommand((rest, io) => runCompilerImage(rest, io), args, { PLUGIN_SOURCE_PATH: folder, ...env })
  const compiled = await inImage(['plugin.js'], { POSTERN_SIGN_KEY_FILE: pair.privateFile })
  assert.equal(compiled.code, 0, compiled.err)
  await rename(join(folder, 'plugin.js'), join(folder, 'compiled.js'))
  assert.equal((await inImage(['plugin.js'])).code, 0)
  assert.equal((await inImage(['check', 'plugin.js', '--public-key', pair.publicFile])).code, 1)
  assert.equal((await inImage(['sign', 'plugin.js', '--key', pair.privateFile])).code, 0)
  assert.deepEqual(await readFile(join(folder, 'plugin.js')), await readFile(join(folder, 'compiled.js')))
  assert.equal((await inImage(['check', '.', '--public-key', pair.publicFile])).code, 1, 'unsigned.js is there as well')
})
