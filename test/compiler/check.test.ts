import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pluginCheck } from '../../src/cli/plugin-check.ts'
import { current } from '../../src/version.ts'
import { makeBundle } from '../bundle/make-bundle.ts'
import { runCommand } from '../harness/run-command.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { pluginFolder } from './plugin-folder.ts'

const artifact = (gateway = current.version) =>
  makeArtifact('exports.A = () => {}\n', { stamp: { gateway, exports: [{ name: 'A', kind: 'plugin' }] } })

const check = (...args: string[]) => runCommand(pluginCheck, args)

/** Result and path of each line of the table. */
function rows(out: string, folder: string): string[] {
  const lines = out.split('\n').slice(1, -2)
  return lines.map((line) => line.replace(`${folder}/`, '').split(/ {2,}/).slice(0, 2).join(' '))
}

test('a folder is checked whole: packages, hidden folders and what is no artifact apart', async () => {
  const folder = await pluginFolder({
    'a.js': artifact(),
    'deep/er/b.js': artifact(),
    'deep/script.js': 'console.log(1)\n',
    'empty.js': '',
    'plugin.ts': 'export {}\n',
    'node_modules/c/index.js': artifact('1.0.0'),
    '.data/d.js': artifact('1.0.0'),
  })
  await symlink(join(folder, 'a.js'), join(folder, 'link.js'))
  const { code, out, err } = await check(folder)
  assert.equal(code, 0)
  assert.deepEqual(rows(out, folder), ['ok a.js', 'ok deep/er/b.js', 'ok link.js'])
  assert.match(out, /\nartifacts: 3, refused: 0\n$/)
  assert.equal(err, `no artifacts, not checked: ${folder}/deep/script.js, ${folder}/empty.js\n`)
})

test('one artifact that would be refused fails the folder, and every reason is given', async () => {
  const folder = await pluginFolder({
    'fine.js': artifact(),
    'old.js': artifact('1.0.0'),
    'changed.js': `${artifact()} `,
    'cut.js': artifact().slice(0, 100),
  })
  const { code, out, err } = await check(folder)
  assert.equal(code, 1)
  assert.deepEqual(rows(out, folder), ['refused changed.js', 'refused cut.js', 'ok fine.js', 'refused old.js'])
  assert.match(out, /\nartifacts: 4, refused: 3\n$/)
  assert.match(
    err,
    /changed\.js" failed: its code .*\n.*cut\.js" failed: its stamp.*\n.*old\.js" failed: it was built for gateway v1\.0\.0/,
  )
})

test('builds for several versions may lie side by side: each is judged for the gateway that would load it', async () => {
  const folder = await pluginFolder({
    'plugin.js': artifact('1.0.0'),
    [`plugin_v${current.version}.js`]: artifact(),
    'plugin_v99.0.0.js': artifact('99.0.0'),
  })
  assert.equal((await check(folder)).code, 0)
  const older = await check(folder, '--gateway', 'v1.0.0')
  assert.equal(older.code, 0, older.err)
  const newer = await check(folder, '--gateway', 'v2.0.0')
  assert.equal(newer.code, 1)
  assert.match(newer.err, /plugin\.js" failed: it was built for gateway v1\.0\.0.*, but this gateway is v2\.0\.0/)

  const mixed = await pluginFolder({ 'plugin.js': artifact(), 'plugin_v99.0.0.js': artifact() })
  assert.match(
    (await check(mixed)).err,
    /plugin_v99\.0\.0\.js" failed: it was built for gateway .* but this gateway is v99\.0\.0/,
  )
})

test('--json has the same shape for a file, a folder and what is broken', async () => {
  const folder = await pluginFolder({
    'fine.js': artifact(),
    'old.js': artifact('1.0.0'),
    'cut.js': artifact().slice(0, 50),
    'x.js': '',
  })
  const { code, out, err } = await check(folder, '--json')
  assert.deepEqual([code, err], [1, ''])
  const { ok, artifacts, not_artifacts: others } = JSON.parse(out)
  assert.equal(ok, false)
  assert.deepEqual(others, [join(folder, 'x.js')])
  const [cut, fine, old] = artifacts
  assert.equal(cut.problem.code, 'artifact_stamp_invalid')
  assert.equal(old.problem.code, 'artifact_version_mismatch')
  assert.deepEqual([fine.ok, fine.problem, fine.name, fine.exports, fine.signature], [true, null, 'sample', ['A'], null])
  for (const one of [cut, old]) assert.deepEqual(Object.keys(one), Object.keys(fine))

  const single = JSON.parse((await check(join(folder, 'fine.js'), '--json')).out)
  assert.deepEqual(single, { ok: true, artifacts: [fine], not_artifacts: [] })
})

test('a bundle is checked with its manifest, its checksums, its signature and each artifact in it', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const make = (files: Record<string, string>, manifest = {}) => makeBundle({ files, manifest, key: privateKey })
  const folder = await pluginFolder({ 'bundle.pub': publicKey.export({ type: 'spki', format: 'pem' }) })
  const put = async (name: string, zip: Buffer) => {
    await writeFile(join(folder, name), zip)
    return join(folder, name)
  }
  const key = ['--bundle-key', join(folder, 'bundle.pub')]
  const good = await put('good.zip', make({ 'plugin.js': artifact(), 'plugin_v99.0.0.js': artifact('99.0.0'), 'words.txt': 'x' }))
  const { code, out, err } = await check(good, ...key)
  assert.deepEqual([code, err], [0, ''])
  assert.deepEqual(rows(out, folder), ['ok good.zip/plugin.js', 'ok good.zip/plugin_v99.0.0.js'])

  const refused: [Buffer, RegExp][] = [
    [make({ 'plugin.js': artifact('1.0.0') }), /bad\.zip\/plugin\.js" failed: it was built for gateway v1\.0\.0/],
    [make({ 'plugin.js': 'exports.A = 1\n' }), /bad\.zip\/plugin\.js" failed: its first line is no stamp/],
    [
      make({ 'plugin.js': artifact() }, { checksum: '0'.repeat(32) }),
      /Verify the bundle ".*bad\.zip" failed: found the checksum/,
    ],
    [make({ 'plugin.js': artifact() }, { signature: '' }), /it is not signed/],
    [
      make({ 'words.txt': 'x' }, { custom_middleware: { driver: 'jsplugin', pre: [{ name: 'A', path: 'a.js' }] } }),
      /expected a file of file_list, found "a\.js"/,
    ],
  ]
  for (const [zip, reason] of refused) {
    const bad = await check(await put('bad.zip', zip), ...key)
    assert.equal(bad.code, 1)
    assert.match(bad.err, reason)
  }
})

test('where nothing was checked, the check fails', async () => {
  const folder = await pluginFolder({ 'script.js': '1\n', 'broken.zip': 'PK\x03\x04…' })
  await mkdir(join(folder, 'empty'))
  const none = await check(folder)
  assert.equal(none.code, 1)
  assert.match(none.err, /there is none \(\.js files that are no artifacts: 1\)/)
  assert.equal((await check(join(folder, 'empty'))).code, 1)
  assert.match((await check(join(folder, 'none'))).err, /^Read ".*" failed: there is no such file or folder\n$/)
  const broken = await check(join(folder, 'broken.zip'))
  assert.equal(broken.code, 1)
  assert.match(broken.err, /^Unpack the bundle ".*broken\.zip" failed: expected a zip/)
})
