import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type Docker from 'dockerode'
import { type Ended, images, runToEnd } from './containers.ts'
import { type MountedFolder, mountedFolder, owner } from './mounted-folder.ts'

const example = join(import.meta.dirname, '../../examples/add-foo-bar-header')

const folders = new AsyncDisposableStack()
after(() => folders.disposeAsync())

/** A folder that holds only plugin.ts. */
async function pluginFolder(): Promise<string> {
  const folder: MountedFolder = folders.use(await mountedFolder())
  await writeFile(join(folder.path, 'plugin.ts'), await readFile(join(example, 'plugin.ts')))
  return folder.path
}

interface Settings {
  readonly user?: string
  readonly host?: Docker.HostConfig
}

function compile(folder: string, args: readonly string[], { host, ...settings }: Settings = {}): Promise<Ended> {
  const offline = { NetworkMode: 'none', Binds: [`${folder}:/plugin-source`] }
  return runToEnd({ image: images.compiler, args, host: { ...offline, ...host }, ...settings })
}

test('a folder that holds only plugin.ts is compiled without a network, and the artifact belongs to the owner of the folder', async () => {
  const folder = await pluginFolder()
  const { status, stdout, stderr } = await compile(folder, ['plugin.js'])
  assert.equal(status, 0, stderr)
  assert.match(stdout, /exports: AddFooBarHeader/)
  assert.deepEqual((await readdir(folder)).sort(), ['plugin.js', 'plugin.ts'])
  const { uid, gid } = await stat(join(folder, 'plugin.js'))
  assert.deepEqual({ uid, gid }, owner)
})

test('any user can compile, on a read-only root file system, with the same bytes for a result', async () => {
  const [plain, hardened] = [await pluginFolder(), await pluginFolder()]
  const settings = { user: `${owner.uid}:${owner.gid}`, host: { ReadonlyRootfs: true, Tmpfs: { '/tmp': '' }, CapDrop: ['ALL'] } }
  assert.equal((await compile(plain, ['plugin.js'])).status, 0)
  const { status, stderr } = await compile(hardened, ['plugin.js'], settings)
  assert.equal(status, 0, stderr)
  assert.deepEqual(await readFile(join(hardened, 'plugin.js')), await readFile(join(plain, 'plugin.js')))
})

test('a key that is mounted signs what was compiled, check verifies it, and sbom tells what is in it', async () => {
  const folder = await pluginFolder()
  const keys = folders.use(await mountedFolder()).path
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await writeFile(join(keys, 'release.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(join(keys, 'release.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  const host = { Binds: [`${folder}:/plugin-source`, `${keys}:/keys:ro`] }
  assert.equal((await compile(folder, ['plugin.js'])).status, 0)
  const verify = () => compile(folder, ['check', '.', '--public-key', '/keys/release.pub'], { host })
  assert.equal((await verify()).status, 1)
  assert.equal((await compile(folder, ['sign', 'plugin.js', '--key', '/keys/release.key'], { host })).status, 0)
  assert.equal((await verify()).status, 0)
  const { uid, gid } = await stat(join(folder, 'plugin.js'))
  assert.deepEqual({ uid, gid }, owner)
  assert.equal(JSON.parse((await compile(folder, ['sbom', 'plugin.js'])).stdout).bomFormat, 'CycloneDX')
})

test('a type error ends with exit code 1, says where it is, and writes nothing', async () => {
  const folder = await pluginFolder()
  await writeFile(join(folder, 'plugin.ts'), "export const AddFooBarHeader: number = 'Foo'\n")
  const { status, stdout, stderr } = await compile(folder, ['plugin.js'])
  assert.equal(status, 1)
  assert.match(stdout + stderr, /plugin\.ts:1:14/)
  assert.deepEqual(await readdir(folder), ['plugin.ts'])
})

test('wrong usage ends with exit code 2, shows the usage, and writes nothing', async () => {
  const folder = await pluginFolder()
  for (const args of [[], ['plugin.so'], ['../plugin.js'], ['plugin.js', 'again.js']]) {
    const { status, stderr } = await compile(folder, args)
    assert.equal(status, 2, `with the arguments "${args.join(' ')}"`)
    assert.match(stderr, /usage: docker run/)
  }
  assert.deepEqual(await readdir(folder), ['plugin.ts'])
})

test('a plugin that init has written compiles, and check tells what it is', async () => {
  const folder = folders.use(await mountedFolder()).path
  assert.equal((await compile(folder, ['init'])).status, 0)
  const { uid, gid } = await stat(join(folder, '.postern/node_modules/hono/package.json'))
  assert.deepEqual({ uid, gid }, owner)
  assert.equal((await compile(folder, ['plugin.js'])).status, 0)
  const { status, stdout } = await compile(folder, ['check', 'plugin.js'])
  assert.equal(status, 0)
  assert.match(stdout, /unchanged since it was compiled/)
})
