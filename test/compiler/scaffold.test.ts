import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { compile } from '../../src/compiler/compile.ts'
import { scaffold } from '../../src/compiler/scaffold.ts'
import { toolchain } from '../../src/compiler/toolchain.ts'
import { current } from '../../src/version.ts'
import { install, pluginFolder } from './plugin-folder.ts'

const run = promisify(execFile)
const tools = toolchain()

const init = (folder: string) => scaffold({ folder, name: 'my-plugin', version: current.version, tools })

/** As at the author's desk: tests of a test would report to it. */
async function npmTest(cwd: string): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await run('npm', ['test'], { cwd, env }).catch((error: { stdout: string }) => error)
  return stdout
}

/** As an editor checks the types: the plugin's own configuration, and nothing from outside of its folder. */
async function typeErrors(folder: string): Promise<string> {
  const { stdout } = await run(tools.tsc, ['-p', '.'], { cwd: folder }).catch((error: { stdout: string }) => error)
  return stdout
}

describe('a scaffolded plugin', { concurrency: 2 }, () => {
  test('has its types, passes its test and compiles, before anything is installed', async () => {
    const folder = join(await pluginFolder({}), 'new/my-plugin')
    const { written, kept } = await init(folder)
    assert.deepEqual(written, [
      '.gitignore',
      'README.md',
      'package.json',
      'plugin.test.ts',
      'plugin.ts',
      'tsconfig.json',
      '.postern/',
    ])
    assert.deepEqual(kept, [])
    assert.match(
      await readFile(join(folder, 'README.md'), 'utf8'),
      new RegExp(`^# my-plugin\n.*plugin-compiler:v${current.version} plugin.js`, 's'),
    )

    assert.equal(await typeErrors(folder), '')
    assert.match(await npmTest(folder), /✔ the upstream receives Foo: Bar/)
    const { stamp } = await compile({ source: folder, output: join(folder, 'plugin.js') })
    assert.equal(`${stamp.name} ${stamp.exports[0]?.name}`, 'my-plugin AddFooBarHeader')
  })

  test('runs what postern/plugin and Hono export, and its types refuse what is wrong', async () => {
    const folder = await pluginFolder({})
    await init(folder)
    await writeFile(
      join(folder, 'plugin.ts'),
      `import { basicAuth } from 'hono/basic-auth'
       import { getCookie } from 'hono/cookie'
       import { HTTPException } from 'hono/http-exception'
       import type { StatusCode } from 'hono/utils/http-status'
       import { ctx, definePlugin, headers, type Plugin } from 'postern/plugin'
       export const AddFooBarHeader = definePlugin({ handler: (c) => c.req.raw.headers.append('Foo', 'Bar') })
       export const Auth: Plugin = basicAuth({ username: 'a', password: 'b' })
       export const Rest: Plugin = (c) => {
         if (getCookie(c, headers.Cookie)) throw new HTTPException(401 satisfies StatusCode)
         return c.text(ctx.getAuthToken(c))
       }
       export const Typed = process.env.HOME satisfies string | undefined`,
    )
    assert.equal(await typeErrors(folder), '')
    assert.match(await npmTest(folder), /✔ the upstream receives Foo: Bar/)

    await writeFile(
      join(folder, 'plugin.ts'),
      "import type { Plugin } from 'postern/plugin'\nexport const A: Plugin = (c) => c.text(1)\n",
    )
    assert.match(await typeErrors(folder), /^plugin\.ts\(2,40\): error TS2769/m)
  })

  test('prefers the Hono that its author has installed', async () => {
    const folder = await pluginFolder({})
    await init(folder)
    install(folder, 'hono')
    await writeFile(
      join(folder, 'plugin.ts'),
      `export { basicAuth } from 'hono/basic-auth'\n${await readFile(join(folder, 'plugin.ts'), 'utf8')}`,
    )
    // Only one copy of a class with private members may be in the program.
    await rm(join(folder, '.postern/node_modules/hono'), { recursive: true })
    assert.equal(await typeErrors(folder), '')
    assert.match(await npmTest(folder), /✔ the upstream receives Foo: Bar/)
  })

  test('is written into a folder with other files, and changes none of them', async () => {
    const folder = await pluginFolder({ 'plugin.ts': 'mine', 'package.json': '{}', '.postern/old.txt': '', 'notes.txt': 'mine' })
    const { written, kept } = await init(folder)
    assert.deepEqual(kept, ['package.json', 'plugin.ts'])
    assert.deepEqual(written, ['.gitignore', 'README.md', 'tsconfig.json', '.postern/'])
    assert.equal(await readFile(join(folder, 'plugin.ts'), 'utf8'), 'mine')
    assert.deepEqual((await readdir(join(folder, '.postern'))).sort(), ['node_modules', 'plugin', 'register.mjs'])
  })

  test('cannot be written where a file is in the way', async () => {
    const folder = await pluginFolder({ 'a-file': '' })
    await assert.rejects(init(join(folder, 'a-file')), {
      code: 'scaffold_failed',
      message: /^Scaffold a plugin in ".*a-file" failed: EEXIST/,
    })
    await mkdir(join(folder, 'plugin.ts'))
    assert.ok((await init(folder)).kept.includes('plugin.ts'))
  })
})
