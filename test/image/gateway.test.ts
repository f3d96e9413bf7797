import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseArtifact, sealArtifact } from '../../src/plugin/artifact.ts'
import { current } from '../../src/version.ts'
import { until } from '../harness/until.ts'
import { docker, images, openNetwork, type RunningContainer, runToEnd, start } from './containers.ts'
import { mountedFolder } from './mounted-folder.ts'

const examples = join(import.meta.dirname, '../../examples')
const plugins = ['add-foo-bar-header', 'send-current-time', 'auth-check']

const opened = new AsyncDisposableStack()
let gateway: RunningContainer
let url: string

before(async () => {
  const home = opened.use(await mountedFolder()).path
  await mkdir(join(home, 'apps'))
  await mkdir(join(home, 'plugins'))
  for (const name of ['my_api_name', 'my_auth_api']) {
    await copyFile(join(examples, `gateway/apps/${name}.json`), join(home, `apps/${name}.json`))
  }
  for (const name of plugins) await compile(join(examples, name), join(home, `plugins/${name}.js`))
  await addApiOfOldVersion(home)
  await addApiThatThrows(home)

  const network = opened.use(await openNetwork())
  const echo = { image: images.gateway, args: ['echo', '--port', '8080'], alias: 'echo', host: { NetworkMode: network.name } }
  opened.use(await start(echo))
  gateway = opened.use(
    await start({
      image: images.gateway,
      args: [],
      host: {
        NetworkMode: network.name,
        PortBindings: { '8181/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
        Binds: [`${join(home, 'apps')}:/opt/postern/apps:ro`, `${join(home, 'plugins')}:/opt/postern/plugins:ro`],
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
      },
    }),
  )
  url = await gateway.urlOf(8181)
  await until('the gateway to be ready', isReady, 20_000)
})

after(() => opened.disposeAsync())

async function isReady(): Promise<boolean> {
  const answer = await fetch(`${url}/ready`).catch(() => null)
  return answer?.status === 200
}

async function compile(plugin: string, artifact: string): Promise<void> {
  await using source = await mountedFolder(plugin)
  const host = { Binds: [`${source.path}:/plugin-source`], NetworkMode: 'none' }
  const { status, stderr } = await runToEnd({ image: images.compiler, args: ['compiled.js'], host })
  assert.equal(status, 0, stderr)
  await copyFile(join(source.path, 'compiled.js'), artifact)
}

/** Adds the API old_api: my_api_name, with an artifact that another version of the compiler might have written. */
async function addApiOfOldVersion(home: string): Promise<void> {
  const file = join(home, 'plugins/add-foo-bar-header.js')
  const { stamp, code, sourceMap } = parseArtifact(await readFile(file), file)
  await writeFile(join(home, 'plugins/old.js'), sealArtifact({ ...stamp, gateway: '1.0.0' }, code, sourceMap ?? ''))
  const definition = await readFile(join(home, 'apps/my_api_name.json'), 'utf8')
  const renamed = definition.replaceAll('my_api_name', 'old_api').replaceAll('add-foo-bar-header.js', 'old.js')
  await writeFile(join(home, 'apps/old_api.json'), renamed)
}

/** Adds the API throws, whose plugin does. */
async function addApiThatThrows(home: string): Promise<void> {
  await using plugin = await mountedFolder()
  await writeFile(join(plugin.path, 'plugin.ts'), "export const Throws = () => {\n  throw new Error('on purpose')\n}\n")
  await compile(plugin.path, join(home, 'plugins/throws.js'))
  const definition = {
    name: 'Throws',
    api_id: 'throws',
    use_keyless: true,
    proxy: { listen_path: '/throws/', target_url: 'http://echo:8080/' },
    custom_middleware: { driver: 'jsplugin', pre: [{ name: 'Throws', path: 'plugins/throws.js' }] },
  }
  await writeFile(join(home, 'apps/throws.json'), JSON.stringify(definition))
}

test('a plugin of the compiler image changes a request that the gateway image serves', async () => {
  const answer = await fetch(`${url}/my_api_name/get`)
  const { headers } = (await answer.json()) as { headers: Record<string, string> }
  assert.equal(answer.status, 200)
  assert.equal(headers.Foo, 'Bar')
})

test('a plugin answers in place of the upstream', async () => {
  const answer = await fetch(`${url}/my_api_name/get?get_time=1`)
  assert.deepEqual(Object.keys((await answer.json()) as object), ['current_time'])
})

test('a plugin lets one key in and no other', async () => {
  const statusFor = async (key: string) => (await fetch(`${url}/my_auth_api/get`, { headers: { Authorization: key } })).status
  assert.equal(await statusFor('xyz'), 403)
  assert.equal(await statusFor('abc'), 200)
})

test('an artifact of another version is refused with the command that rebuilds it, and other APIs serve', async () => {
  assert.equal((await fetch(`${url}/old_api/get`)).status, 500)
  assert.equal((await fetch(`${url}/my_api_name/get`)).status, 200)
  const log = await gateway.log()
  assert.match(log, /it was built for gateway v1\.0\.0/)
  assert.ok(log.includes(`but this gateway is v${current.version}`))
  assert.ok(log.includes(`docker run --rm -v \\"$PWD\\":/plugin-source ${images.compiler} old.js`))
})

test('a plugin that throws ends its request, and the log names the line of its source', async () => {
  assert.equal((await fetch(`${url}/throws/`)).status, 500)
  await until('the line in the log', async () => /on purpose.*plugin\.ts:2:9/.test(await gateway.log()))
})

test('the gateway runs without rights, on a read-only root file system', async () => {
  assert.equal((await gateway.exec('id', '-u')).stdout.trim(), '1000')
  assert.match((await gateway.exec('cat', '/proc/mounts')).stdout, /^\S+ \/ \S+ ro\b/m)
})

test('the gateway says in its image what it is, and reports itself healthy', async () => {
  const { Config: config } = await docker.getImage(images.gateway).inspect()
  assert.equal(config.Labels?.['org.opencontainers.image.version'], current.version)
  assert.match(config.Labels?.['org.opencontainers.image.revision'] ?? '', /^[0-9a-f]+$/)
  const health = async () => (await gateway.container.inspect()).State.Health?.Status
  await until('a healthy container', async () => (await health()) === 'healthy', 40_000)
})

test('the gateway image adds less than 40 MB to its base, and no compiler', async (t) => {
  const { stdout } = await gateway.exec('du', '-sm', '/usr/local/lib/postern')
  t.diagnostic(`the gateway takes ${stdout.split('\t')[0]} MB in its image`)
  assert.ok(Number.parseInt(stdout, 10) < 40)
  const found = await gateway.exec('find', '/usr/local/lib/postern', '-name', '*esbuild*', '-o', '-name', '*typescript*')
  assert.equal(found.stdout, '')
  const refused = await gateway.exec('postern', 'plugin', 'build', '.')
  assert.equal(refused.status, 1)
  assert.ok(refused.stderr.includes(images.compiler))
})

test('the gateway loads plugins anew at SIGHUP, and leaves with exit code 0 at SIGTERM', async () => {
  await gateway.container.kill({ signal: 'SIGHUP' })
  await until('the reload', async () => (await gateway.log()).split('APIs loaded').length > 2)
  await gateway.container.stop({ t: 20 })
  assert.equal((await gateway.container.inspect()).State.ExitCode, 0)
})
