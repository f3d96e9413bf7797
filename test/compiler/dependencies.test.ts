import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { compile } from '../../src/compiler/compile.ts'
import { pluginFolder } from './plugin-folder.ts'

const source = "import { five } from 'five'\nexport const A = () => new Response(String(five))\n"
const dependent = {
  'plugin.ts': source,
  'package.json': { name: 'dependent', version: '1.0.0', dependencies: { five: '1.0.0' } },
}

/** With an npm that remembers nothing of other runs. */
async function build(folder: string, env = process.env) {
  const npm_config_cache = await pluginFolder({})
  return await compile({ source: folder, output: join(folder, 'plugin.js'), env: { ...env, npm_config_cache } })
}

/** A registry with one package, for whoever has its token. */
async function openRegistry() {
  const folder = await pluginFolder({
    // npm ci would fail if it ran this.
    'package.json': { name: 'five', version: '1.0.0', license: 'ISC', scripts: { install: 'exit 1' } },
    'index.js': 'exports.five = 5\n',
    'index.d.ts': 'export const five: number\n',
  })
  await promisify(execFile)('npm', ['pack', '--silent'], { cwd: folder })
  const archive = await readFile(join(folder, 'five-1.0.0.tgz'))
  const server = createServer(({ url, headers }, response) => {
    const known = url === '/five/-/five-1.0.0.tgz' && headers.authorization === 'Bearer open-sesame'
    response.writeHead(known ? 200 : 404).end(known ? archive : 'no such package')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = `//127.0.0.1:${(server.address() as AddressInfo).port}`
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
  return { address, integrity, close: () => server.close() }
}

function lockfile(address: string, integrity: string): object {
  const five = { version: '1.0.0', resolved: `http:${address}/five/-/five-1.0.0.tgz`, integrity, license: 'ISC' }
  return { lockfileVersion: 3, packages: { '': dependent['package.json'], 'node_modules/five': five } }
}

describe("a plugin's dependencies are installed from its lockfile", () => {
  test('in a copy, by its .npmrc, without running their scripts', async () => {
    const { address, integrity, close } = await openRegistry()
    try {
      const files = {
        ...dependent,
        'package-lock.json': lockfile(address, integrity),
        '.npmrc': `${address}/:_authToken=open-sesame\n`,
      }
      const folder = await pluginFolder(files)
      const { stamp } = await build(folder)
      assert.deepEqual(stamp.packages, [{ name: 'five', version: '1.0.0', license: 'ISC' }])
      assert.match(stamp.source.lockfile, /^[0-9a-f]{64}$/)
      assert.deepEqual((await readdir(folder)).sort(), ['.npmrc', 'package-lock.json', 'package.json', 'plugin.js', 'plugin.ts'])

      const tokenless = await pluginFolder({ ...files, '.npmrc': '' })
      await assert.rejects(build(tokenless), ({ code, message }) => {
        assert.equal(code, 'install_failed')
        assert.match(message, /^Install the plugin's dependencies failed: `npm ci` reports\n\n {2}code E404\n {2}404 Not Found/)
        assert.doesNotMatch(message, /npm error|complete log/)
        return true
      })
      assert.ok(!(await readdir(tokenless)).includes('plugin.js'))
    } finally {
      close()
    }
  })

  test('with the certificate authority in its folder, and that of the environment', async () => {
    const folder = await pluginFolder({ ...dependent, 'package-lock.json': {}, 'ca.pem': 'one', 'site.pem': 'another' })
    const env = await withNpm(
      "process.stderr.write('npm error trusts ' + fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS)); process.exit(1)",
    )
    const trusting = { ...env, NODE_EXTRA_CA_CERTS: join(folder, 'site.pem') }
    await assert.rejects(build(folder, trusting), { code: 'install_failed', message: /reports\n\n {2}trusts another\n {2}one$/ })
  })

  test('and refused where there is no lockfile', async () => {
    await assert.rejects(build(await pluginFolder(dependent)), {
      code: 'lockfile_missing',
      message:
        "Install the plugin's dependencies (five) failed: there is neither a node_modules folder nor a package-lock.json; run `npm install --package-lock-only` in the plugin's folder, and compile again",
    })
  })

  test('and refused where there is no npm', async () => {
    const folder = await pluginFolder({ ...dependent, 'package-lock.json': {} })
    await assert.rejects(build(folder, { PATH: folder }), { code: 'npm_missing' })
  })
})

/** An environment whose npm is a script. */
async function withNpm(script: string): Promise<NodeJS.ProcessEnv> {
  const folder = await pluginFolder({})
  const npm = join(folder, 'npm')
  await writeFile(npm, `#!${process.execPath}\nconst fs = require('node:fs')\n${script}\n`)
  await chmod(npm, 0o755)
  return { ...process.env, PATH: folder + delimiter + process.env.PATH }
}
