import assert from 'node:assert/strict'
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import type { Command } from '../../src/cli/io.ts'
import { pluginBuild } from '../../src/cli/plugin-build.ts'
import { pluginCheck } from '../../src/cli/plugin-check.ts'
import { pluginInit } from '../../src/cli/plugin-init.ts'
import { runCompilerImage } from '../../src/compiler/image-entry.ts'
import { current, display } from '../../src/version.ts'
import { fakePackage, pluginFolder } from './plugin-folder.ts'

const source = {
  'plugin.ts': "import { five } from 'five'\nexport const A = () => new Response(String(five))\n",
  'package.json': { name: 'counter', version: '1.2.3' },
  ...fakePackage('five', { 'index.js': 'exports.five = 5', 'index.d.ts': 'export const five: number' }),
}
const wrong = { ...source, 'plugin.ts': 'export const A: string = () => {}\n' }

/** Runs a command. Returns its exit code, and what it wrote to standard output and standard error. */
async function run(command: Command, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await command(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: { ...process.env, ...env },
  })
  return { code, out: out.map((line) => `${line}\n`).join(''), err: err.map((line) => `${line}\n`).join('') }
}

describe('postern plugin build', { concurrency: 2 }, () => {
  test('writes the artifact into the folder unless told otherwise, and says what is in it', async () => {
    const folder = await pluginFolder(source)
    const { code, out, err } = await run(pluginBuild, [folder])
    assert.equal(code, 0, err)
    assert.equal(
      out.replace(/\(\d[^)]*\)\n/, '(size)\n'),
      `Compiled "counter" 1.2.3 for Postern ${display(current)}: ${folder}/plugin.js (size)\n  exports: A\n  packages: five 1.0.0\n`,
    )
    const other = join(await pluginFolder({}), 'other.js')
    assert.equal((await run(pluginBuild, [folder, '-o', other])).code, 0)
    assert.deepEqual(await readFile(other), await readFile(join(folder, 'plugin.js')))
  })

  test('reports what is wrong on standard error with exit code 1, and keeps the artifact that was there', async () => {
    const folder = await pluginFolder({ ...wrong, 'plugin.js': '/*! postern {} */' })
    const { code, out, err } = await run(pluginBuild, [folder])
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.match(err, /^plugin\.ts:1:14: error TS2322: .*nothing was written\n$/s)
    assert.equal(await readFile(join(folder, 'plugin.js'), 'utf8'), '/*! postern {} */')
  })

  test('warns of suspicious code', async () => {
    const folder = await pluginFolder({ 'plugin.ts': "export const A = () => eval('1')\n" })
    const { code, err } = await run(pluginBuild, [folder])
    assert.equal(code, 0)
    assert.match(err, /^plugin\.ts:1:24: warning: Using direct eval/)
  })

  for (const args of [[], ['a', 'b'], ['a', '--unknown'], ['a', '-o'], ['a', '-o', 'plugin.so']]) {
    test(`called with "${args.join(' ')}" shows its usage, with exit code 2`, async () => {
      const { code, err } = await run(pluginBuild, args)
      assert.equal(code, 2)
      assert.match(err, /^Run "postern plugin build" failed: .+\nusage: postern plugin build DIR \[-o FILE\]/)
    })
  }
})

describe('postern plugin init', () => {
  test('names the plugin after its folder, and says what is new and what was kept', async () => {
    const folder = join(await pluginFolder({}), 'My Plugin!')
    const first = await run(pluginInit, [folder])
    assert.equal(first.code, 0, first.err)
    assert.match(first.out, /^wrote .*My Plugin!\/\.gitignore\n(wrote .*\n){5}wrote .*\.postern\/\n$/)
    assert.equal(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).name, 'my-plugin')
    assert.match((await run(pluginInit, [folder])).out, /^kept {2}.*plugin\.ts$/m)
  })

  test('called without a folder shows its usage, with exit code 2', async () => {
    const { code, err } = await run(pluginInit, [])
    assert.equal(code, 2)
    assert.match(err, /usage: postern plugin init DIR/)
  })
})

describe('postern plugin check', async () => {
  const folder = await pluginFolder(source)
  const artifact = join(folder, 'plugin.js')
  await run(pluginBuild, [folder])

  test('says what an artifact is, and that this version loads it', async () => {
    const { code, out } = await run(pluginCheck, [artifact])
    assert.equal(code, 0)
    assert.equal(
      out,
      `"counter" 1.2.3, its code unchanged since it was compiled\n  built for: Postern ${display(current)}, with Node ${process.versions.node}\n  exports: A\n  packages: five 1.0.0 (MIT)\n  signature: none\nPostern ${display(current)} loads it\n`,
    )
  })

  test('says whether a gateway would load it', async () => {
    const same = await run(pluginCheck, [artifact, '--gateway', `v${current.version}`])
    assert.equal(same.code, 0)
    assert.match(same.out, /\nPostern v\S+.* loads it\n$/)
    const other = await run(pluginCheck, [artifact, '--gateway', '99.0.1'])
    assert.equal(other.code, 1)
    assert.match(
      other.err,
      /it was built for gateway v\d.*, but this gateway is v99\.0\.1.*; rebuild it .* postern\/plugin-compiler:v99\.0\.1 plugin\.js\n$/,
    )
  })

  test('refuses a changed artifact, another file, and none', async () => {
    const changed = join(folder, 'changed.js')
    await writeFile(changed, `${await readFile(artifact, 'utf8')} `)
    assert.match((await run(pluginCheck, [changed])).err, /its code does not have the digest in its stamp/)
    for (const path of [changed, join(folder, 'plugin.ts'), join(folder, 'none.js')]) {
      assert.equal((await run(pluginCheck, [path])).code, 1)
    }
  })

  test('called wrongly shows its usage, with exit code 2', async () => {
    for (const args of [[], [artifact, '--gateway', 'latest'], [artifact, artifact]]) {
      const { code, err } = await run(pluginCheck, args)
      assert.equal(code, 2)
      assert.match(err, /usage: postern plugin check PATH \[--gateway vX\.Y\.Z\]/)
    }
  })
})

describe('the compiler image', { concurrency: 2 }, () => {
  const inFolder = (folder: string, ...args: string[]) => run(runCompilerImage, args, { PLUGIN_SOURCE_PATH: folder })

  test('compiles the mounted folder to the name it is given, and checks it', async () => {
    const folder = await pluginFolder(source)
    const { code, err } = await inFolder(folder, 'custom.js')
    assert.equal(code, 0, err)
    assert.ok((await readdir(folder)).includes('custom.js'))
    assert.match(
      (await inFolder(folder, 'check', 'custom.js', '--gateway', current.version)).out,
      /^"counter" 1\.2\.3.* loads it\n$/s,
    )
    assert.equal((await inFolder(folder, 'check')).code, 2)
  })

  test('writes nothing and fails where the plugin is wrong', async () => {
    const folder = await pluginFolder(wrong)
    const { code, err } = await inFolder(folder, 'plugin.js')
    assert.equal(code, 1)
    assert.match(err, /^plugin\.ts:1:14: error TS2322/)
    assert.ok(!(await readdir(folder)).includes('plugin.js'))
  })

  test('scaffolds for the owner of the folder', async () => {
    const folder = await pluginFolder({})
    if (process.getuid?.() === 0) await chown(folder, 12345, 12346)
    assert.equal((await inFolder(folder, 'init')).code, 0)
    assert.equal(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).name, 'plugin')
    const { uid } = await stat(folder)
    for (const name of await readdir(folder, { recursive: true })) assert.equal((await stat(join(folder, name))).uid, uid, name)
  })

  const refused: [string[], RegExp][] = [
    [[], /the artifact's name is missing/],
    [['plugin.so'], /found "plugin\.so" as the artifact's name, expected a file name that ends in \.js/],
    [['../plugin.js'], /found "\.\.\/plugin\.js" as the artifact's name/],
    [['plugin.js', 'v1', 'linux'], /found "v1 linux" where nothing more was expected/],
    [['publish'], /found "publish" as the artifact's name/],
  ]
  for (const [args, reason] of refused) {
    test(`refuses "${args.join(' ')}" with its usage and exit code 2`, async () => {
      const folder = await pluginFolder(source)
      const { code, err } = await inFolder(folder, ...args)
      assert.equal(code, 2)
      assert.match(err, reason)
      assert.match(err, /\nusage: docker run --rm -v "\$PWD":\/plugin-source IMAGE COMMAND\n/)
      assert.ok(!(await readdir(folder)).some((name) => basename(name).endsWith('.js')))
    })
  }
})
