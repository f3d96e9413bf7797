import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pluginKeygen } from '../../src/cli/plugin-keygen.ts'
import { loadConfig } from '../../src/control/config/load.ts'
import { readKey } from '../../src/plugin/signing/key.ts'
import { makeFolder } from '../control/temporary-folder.ts'
import { runCommand } from '../harness/run-command.ts'
import { makeKeyPair } from './key-pair.ts'

test('keygen writes a pair that only its owner can sign with, names it by its id, and overwrites nothing', async () => {
  await using folder = await makeFolder()
  const name = join(folder.path, 'release')
  const { code, out } = await runCommand(pluginKeygen, ['-o', name])
  assert.equal(code, 0)
  assert.equal((await stat(`${name}.key`)).mode & 0o777, 0o600)
  const pair = [await readKey(`${name}.key`, 'private'), await readKey(`${name}.pub`, 'public')]
  assert.match(out, new RegExp(`^key id: ${pair[0]?.id}\nwrote \\S+release\\.key .*\nwrote \\S+release\\.pub .*\n$`))
  assert.equal(pair[0]?.id, pair[1]?.id)

  const before = await readFile(`${name}.key`)
  await assert.rejects(runCommand(pluginKeygen, ['-o', name]), { code: 'key_exists', message: /release\.key.*-o NAME$/ })
  assert.deepEqual(await readFile(`${name}.key`), before)
})

test('keygen leaves no half of a pair behind', async () => {
  await using folder = await makeFolder({ 'release.pub': 'something else' })
  await assert.rejects(runCommand(pluginKeygen, ['-o', join(folder.path, 'release')]), { code: 'key_exists' })
  await assert.rejects(runCommand(pluginKeygen, ['-o', join(folder.path, 'none/release')]), { code: 'key_unwritable' })
  assert.deepEqual(await readdir(folder.path), ['release.pub'])
})

test('keys are named relative to gateway.conf, or by the environment', async () => {
  await using folder = await makeFolder({ 'gateway.conf': { plugin_public_keys: ['release.pub'], require_signed_plugins: true } })
  const file = join(folder.path, 'gateway.conf')
  const { id } = await makeKeyPair(folder.path, 'release')
  const { signing, plugin_public_keys } = await loadConfig({ file, env: {} })
  assert.deepEqual([signing.required, signing.keys.map((key) => key.id)], [true, [id]])
  assert.deepEqual(plugin_public_keys, [join(folder.path, 'release.pub')])

  const { id: other } = await makeKeyPair(folder.path, 'ci')
  const both = await loadConfig({ file, env: { POSTERN_PLUGIN_PUBLIC_KEYS: 'release.pub, ci.pub' } })
  assert.deepEqual(
    both.signing.keys.map((key) => key.id),
    [id, other],
  )
})

test('a key file that cannot be used is a configuration error that names key, file, what was found and what was expected', async () => {
  await using folder = await makeFolder()
  const { publicFile, privateFile } = await makeKeyPair(folder.path, 'release')
  const [pub, key] = [await readFile(publicFile, 'utf8'), await readFile(privateFile, 'utf8')]
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' })
  const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hush' } as const
  const files: readonly [name: string, content: string | null, found: string][] = [
    ['none.pub', null, 'no such file'],
    ['text.pub', 'not a key', 'no PEM text'],
    ['private.pub', key, 'a PEM block called "PRIVATE KEY"'],
    ['encrypted.pub', createPrivateKey(key).export(encrypted) as string, 'an encrypted private key'],
    ['rsa.pub', rsa as string, 'a public key of the type "rsa"'],
    ['two.pub', pub + pub, '2 PEM blocks'],
    ['broken.pub', pub.replace('MC', 'AA'), 'a PEM block that cannot be decoded'],
  ]
  for (const [name, content] of files) if (content !== null) await folder.write(name, content)
  const file = await folder.write('gateway.conf', { plugin_public_keys: files.map(([name]) => name) })
  const error: Error = await loadConfig({ file, env: {} }).then(
    () => assert.fail('loaded'),
    (thrown) => thrown,
  )
  const lines = error.message.split('\n').slice(1)
  for (const [i, [name, , found]] of files.entries()) {
    const expected = `plugin_public_keys[${i}]: Read the public key "${join(folder.path, name)}" failed: found ${found}, expected one Ed25519 key as PEM ("BEGIN PUBLIC KEY"), without a passphrase; make a pair with: postern plugin keygen`
    assert.equal(lines[i], expected)
  }
  assert.ok(!error.message.includes(key.split('\n')[1] ?? ''), 'nothing of a key is shown')
})

test('to require signatures without a key to verify them with is a configuration error', async () => {
  await using folder = await makeFolder({ 'gateway.conf': { require_signed_plugins: true } })
  await assert.rejects(loadConfig({ file: join(folder.path, 'gateway.conf'), env: {} }), {
    code: 'config_invalid',
    message: /require_signed_plugins: expected the keys to verify with in plugin_public_keys, found none$/,
  })
})
