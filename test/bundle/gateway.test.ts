import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { makeFolder } from '../control/temporary-folder.ts'
import { closedPort } from '../harness/closed-port.ts'
import { until } from '../harness/until.ts'
import { type BundleServer, startBundleServer } from './bundle-server.ts'
import { type BundleStage, onlyReason, openBundleStage, readBelow } from './bundle-stage.ts'
import { certificate } from './certificate.ts'
import { headerPlugin, makeBundle } from './make-bundle.ts'

const plugin = await headerPlugin()
const newer = await headerPlugin('newer')
const good = makeBundle({ files: { 'plugin.js': plugin } })
const x = (zip: Buffer) => ({ 'x.zip': zip })
const post = (path: string) => ({ post: [{ name: 'AddFooBarHeader', path }] })

describe('an API whose plugins are in a bundle is served', () => {
  const bundles: Record<string, Buffer> = {
    'with an MD5 alone': makeBundle({ files: { 'plugin.js': plugin }, manifest: { checksum_sha256: undefined } }),
    'with a SHA-256 alone': makeBundle({ files: { 'plugin.js': plugin }, manifest: { checksum: undefined } }),
    'with the driver beside custom_middleware': makeBundle({
      files: { 'plugin.js': plugin },
      manifest: { driver: 'goplugin', custom_middleware: post('plugin.js') },
    }),
    'with plugins in folders': makeBundle({
      files: { 'lib/deep/plugin.js': plugin, 'notes.txt': 'x' },
      manifest: { custom_middleware: { driver: 'jsplugin', ...post('./lib/deep/plugin.js') } },
      more: [{ name: 'lib/', content: '', mode: 0o040755 }],
    }),
    'with an unsigned bundle where no key is set, whatever its signature says': makeBundle({
      files: { 'plugin.js': plugin },
      manifest: { signature: 'AAAA' },
    }),
  }
  for (const [title, zip] of Object.entries(bundles)) {
    test(title, async () => {
      await using stage = await openBundleStage({ files: x(zip) })
      assert.deepEqual(stage.gateway.report, { apis: 2, failed: [], quarantined: [] })
      assert.deepEqual(await stage.fooOf(), ['Bar'])
    })
  }

  for (const type of ['rsa', 'ed25519'] as const) {
    test(`with a bundle signed by a key of the type ${type}`, async () => {
      const { publicKey, privateKey } =
        type === 'rsa' ? generateKeyPairSync(type, { modulusLength: 2048 }) : generateKeyPairSync(type)
      const zip = makeBundle({ files: { 'plugin.js': plugin }, key: privateKey })
      await using stage = await openBundleStage({ files: x(zip), config: { public_key_path: 'key.pem' } })
      await writeFile(join(stage.gateway.folder.path, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
      await stage.gateway.reload()
      assert.deepEqual(await stage.fooOf(), ['Bar'])
    })
  }

  test('with the plugins of several bundles, in the order of the list', async () => {
    const named = (value: string) => headerPlugin(value).then((text) => makeBundle({ files: { 'plugin.js': text } }))
    const files = { 'one.zip': await named('1'), 'sub/two.zip': await named('2') }
    await using stage = await openBundleStage({ files, definition: { custom_middleware_bundle: 'one.zip, sub/two.zip' } })
    assert.deepEqual(await stage.fooOf(), ['1', '2'])
  })

  test('without the plugins it names itself, and its log says so', async () => {
    const own = { driver: 'jsplugin', pre: [{ name: 'Nowhere', path: 'nowhere.js' }] }
    await using stage = await openBundleStage({ files: x(good), definition: { custom_middleware: own } })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    await stage.gateway.log.waitFor('custom_middleware: replaced by that of the bundle \\"x.zip\\"')
  })

  test('without a bundle that is disabled', async () => {
    await using stage = await openBundleStage({ files: x(good), definition: { custom_middleware_bundle_disabled: true } })
    assert.deepEqual(await stage.fooOf(), [])
    assert.deepEqual(stage.bundles.requests, [])
  })
})

test('a bundle that does not fit its definition fails it with the field of the bundle', async () => {
  const auth = { driver: 'jsplugin', auth_check: { name: 'AddFooBarHeader', path: 'plugin.js' } }
  const zip = makeBundle({ files: { 'plugin.js': plugin }, manifest: { custom_middleware: auth } })
  await using stage = await openBundleStage({ files: x(zip), definition: { use_keyless: false } })
  assert.match(
    onlyReason(stage.gateway),
    /custom_middleware\.auth_check of the bundle "x\.zip": no flag enables it; set "custom_plugin_auth/,
  )
})

describe('a reload', () => {
  test('takes a replaced bundle of the same name, and asks by ETag', async () => {
    await using stage = await openBundleStage({ files: x(good) })
    stage.bundles.files.set('x.zip', makeBundle({ files: { 'plugin.js': newer } }))
    await stage.gateway.reload()
    assert.deepEqual(await stage.fooOf(), ['newer'])
    await stage.gateway.reload()
    assert.deepEqual(await stage.fooOf(), ['newer'])
    assert.deepEqual(stage.bundles.requests, ['GET /x.zip 200', 'GET /x.zip 200', 'GET /x.zip 304'])
  })

  test('goes back to a version that was there before', async () => {
    await using stage = await openBundleStage({ files: x(good) })
    for (const [zip, foo] of [
      [makeBundle({ files: { 'plugin.js': newer } }), 'newer'],
      [good, 'Bar'],
    ] as const) {
      stage.bundles.files.set('x.zip', zip)
      await stage.gateway.reload()
      assert.deepEqual(await stage.fooOf(), [foo])
    }
  })

  test('asks by Last-Modified where there is no ETag', async () => {
    await using stage = await openBundleStage({ files: {} })
    const date = 'Mon, 01 Jan 2024 00:00:00 GMT'
    stage.bundles.intercept = ({ headers }, response) => {
      const unchanged = headers['if-modified-since'] === date
      response.writeHead(unchanged ? 304 : 200, { 'last-modified': date }).end(unchanged ? undefined : good)
      return true
    }
    await stage.gateway.reload()
    await stage.gateway.reload()
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    assert.deepEqual(stage.bundles.requests, ['GET /x.zip 404', 'GET /x.zip 200', 'GET /x.zip 304'])
  })

  const faults: Record<string, (stage: BundleStage) => void> = {
    'cannot be fetched': ({ bundles }) => bundles.files.clear(),
    'is broken': ({ bundles }) => bundles.files.set('x.zip', Buffer.from('PK')),
    'has plugins that no gateway of this version loads': ({ bundles }) =>
      bundles.files.set('x.zip', makeBundle({ files: { 'plugin.js': 'exports.x = 1' } })),
  }
  for (const [fault, cause] of Object.entries(faults)) {
    test(`keeps the last good version of a bundle that ${fault}, also across a restart`, async () => {
      await using server = await startBundleServer(x(good))
      await using folder = await makeFolder()
      const config = { data_path: folder.path }
      {
        await using stage = await openBundleStage({ server, config })
        cause(stage)
        const { failed } = await stage.gateway.reload()
        assert.deepEqual(
          failed.map(({ apiId, kept }) => ({ apiId, kept })),
          [{ apiId: 'bundled', kept: true }],
        )
        assert.deepEqual(await stage.fooOf(), ['Bar'])
      }
      await using restarted = await openBundleStage({ server, config })
      assert.equal(restarted.gateway.report.failed[0]?.kept, true)
      assert.deepEqual(await restarted.fooOf(), ['Bar'])
      await restarted.gateway.log.waitFor('; the version before it stays in use')

      server.files.set('x.zip', makeBundle({ files: { 'plugin.js': newer } }))
      assert.deepEqual((await restarted.gateway.reload()).failed, [])
      assert.deepEqual(await restarted.fooOf(), ['newer'])
    })
  }

  test('that names another bundle, which cannot be had, changes nothing', async () => {
    await using stage = await openBundleStage({ files: x(good) })
    const text = readBelow(stage.gateway, 'apps/bundled.json')
    await stage.gateway.folder.writeDefinition('bundled.json', text.replace('x.zip', 'y.zip'))
    const { failed, quarantined } = await stage.gateway.reload()
    assert.deepEqual([failed[0]?.kept, quarantined], [true, []])
    assert.deepEqual(await stage.fooOf(), ['Bar'])
  })
})

describe('what is kept of a bundle', () => {
  test('is verified again: files that were changed are fetched anew', async () => {
    await using stage = await openBundleStage({ files: x(good) })
    await writeFile(join(await keptFolder(stage), 'plugin.js'), newer)
    await stage.gateway.reload()
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    assert.deepEqual(stage.bundles.requests, ['GET /x.zip 200', 'GET /x.zip 200'])
    await stage.gateway.log.waitFor('The kept version of the bundle \\"x.zip\\" is not used: Verify the bundle')
  })

  test('does not run once a key is set that it is not signed with', async () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    await using server = await startBundleServer(x(good))
    await using folder = await makeFolder()
    const data_path = folder.path
    {
      await using stage = await openBundleStage({ server, config: { data_path } })
      assert.deepEqual(await stage.fooOf(), ['Bar'])
    }
    const key = await folder.write('key.pem', publicKey.export({ type: 'spki', format: 'pem' }))
    server.files.clear()
    await using stage = await openBundleStage({ server, config: { data_path, public_key_path: key } })
    assert.equal(await stage.fooOf(), 500)
  })

  test('is the version in use and the one before it', async () => {
    await using stage = await openBundleStage({ files: x(good) })
    for (let i = 0; i < 4; i += 1) {
      stage.bundles.files.set('x.zip', makeBundle({ files: { 'plugin.js': plugin, 'n.txt': String(i) } }))
      await stage.gateway.reload()
    }
    const folder = join(await keptFolder(stage), '..')
    assert.equal((await readdir(folder)).length, 3, 'two versions and the record')
  })
})

describe('bundles come from', () => {
  test('a folder', async () => {
    await using folder = await makeFolder()
    await writeFile(join(folder.path, 'x.zip'), good)
    await using stage = await openBundleStage({ config: { bundle_base_url: `${pathToFileURL(folder.path)}/` } })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    await writeFile(join(folder.path, 'x.zip'), makeBundle({ files: { 'plugin.js': newer } }))
    await stage.gateway.reload()
    assert.deepEqual(await stage.fooOf(), ['newer'])
  })

  test('below the path of a base URL, with its query and its user, of which no log tells', async () => {
    await using server = await startBundleServer({ 'a b/c/x.zip': good })
    const base = `${server.url.replace('//', '//user:p%40ss@')}/a%20b/c/?token=t0k3n`
    await using stage = await openBundleStage({ server, config: { bundle_base_url: base } })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    assert.deepEqual(server.requests, ['GET /a%20b/c/x.zip?token=t0k3n 200'])
    assert.equal(server.headers[0]?.authorization, `Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    server.files.clear()
    await stage.gateway.reload()
    assert.match(onlyReason(stage.gateway), /"http:\/\/127\.0\.0\.1:\d+\/a%20b\/c\/x\.zip" failed/)
    assert.doesNotMatch(stage.gateway.log.lines.join('\n'), /t0k3n|p%40ss|p@ss/)
  })

  test('an https server whose certificate nobody vouches for, if bundle_insecure_skip_verify says so', async () => {
    const https = createSecureServer(certificate, (_, response) => void response.end(good)).listen(0, '127.0.0.1')
    await once(https, 'listening')
    await using _https = { [Symbol.asyncDispose]: () => new Promise<void>((closed) => void https.close(() => closed())) }
    const bundle_base_url = `https://127.0.0.1:${(https.address() as AddressInfo).port}`
    await using careful = await openBundleStage({ config: { bundle_base_url } })
    assert.match(onlyReason(careful.gateway), /self-signed certificate/)
    await using careless = await openBundleStage({ config: { bundle_base_url, bundle_insecure_skip_verify: true } })
    assert.deepEqual(await careless.fooOf(), ['Bar'])
  })

  test('where a server redirects to', async () => {
    await using server = await startBundleServer({ 'real.zip': good })
    server.intercept = ({ url }, response) => {
      if (url === '/x.zip') response.writeHead(302, { location: '/real.zip' }).end()
      return url === '/x.zip'
    }
    await using stage = await openBundleStage({ server })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
  })
})

describe('a server that is in trouble', () => {
  test('is asked again, after pauses that double', async () => {
    const times: number[] = []
    await using server = await startBundleServer(x(good))
    server.intercept = (_, response) => {
      times.push(Date.now())
      if (times.length < 3) response.writeHead(503).end()
      return times.length < 3
    }
    await using stage = await openBundleStage({ server })
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    const [first = 0, second = 0, third = 0] = times
    assert.ok(second - first >= 240 && third - second >= 490, times.join())
  })

  test('is given up on when the time is over', async () => {
    await using server = await startBundleServer()
    server.intercept = () => true
    await using stage = await openBundleStage({ server, config: { bundle_timeout: 0.4 } })
    assert.match(onlyReason(stage.gateway), /^Fetch the bundle "x\.zip" from .* failed: it took too long$/)
    assert.equal(await stage.fooOf(), 500)
  })

  test('that sends without end is cut off', async () => {
    await using server = await startBundleServer()
    server.intercept = (_, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(50_000)), 1)
      response.on('close', () => clearInterval(timer))
      return true
    }
    await using stage = await openBundleStage({ server, config: { bundle_max_size: 200_000 } })
    assert.match(onlyReason(stage.gateway), /it is larger than bundle_max_size \(200000 bytes\)/)
  })

  test('that is not there is named with the reason', async () => {
    const port = await closedPort()
    await using stage = await openBundleStage({ config: { bundle_base_url: `http://127.0.0.1:${port}`, bundle_timeout: 0.3 } })
    assert.match(onlyReason(stage.gateway), /failed( \d times)?: connect ECONNREFUSED 127\.0\.0\.1:\d+$/)
  })
})

describe('a bundle that is late', () => {
  const hold = (server: BundleServer) => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    server.intercept = ({ url }, response) => {
      void held.then(() => response.end(server.files.get(String(url).slice(1))))
      return true
    }
    return () => {
      server.intercept = () => false
      release()
    }
  }
  const config = { bundle_load_wait: 0.05, bundle_timeout: 20 }

  test('does not keep other APIs from being served, and is loaded once it is there', async () => {
    await using server = await startBundleServer(x(good))
    const release = hold(server)
    await using stage = await openBundleStage({ server, config })
    assert.match(onlyReason(stage.gateway), /is taking longer than bundle_load_wait \(0\.05 s\)/)
    assert.deepEqual(await stage.fooOf('/other/'), [])
    assert.equal(await stage.fooOf(), 500)
    release()
    await until('the plugin of the bundle', async () => (await stage.fooOf()) !== 500)
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    assert.deepEqual(stage.gateway.report.quarantined, [])
  })

  test('leaves the last good version in use until then', async () => {
    await using stage = await openBundleStage({ files: x(good), config })
    await until('the plugin of the bundle', async () => (await stage.fooOf()) !== 500)
    const release = hold(stage.bundles)
    stage.bundles.files.set('x.zip', makeBundle({ files: { 'plugin.js': newer } }))
    const { failed } = await stage.gateway.reload()
    assert.equal(failed[0]?.kept, true)
    assert.deepEqual(await stage.fooOf(), ['Bar'])
    release()
    await until('the newer plugin', async () => String(await stage.fooOf()) === 'newer')
  })

  test('is not waited for when the gateway closes', async () => {
    await using server = await startBundleServer()
    hold(server)
    await using stage = await openBundleStage({ server, config })
    assert.equal(await stage.fooOf(), 500)
  })
})

test('bundles of one load are fetched at the same time, and one that several APIs name once', async () => {
  await using server = await startBundleServer({ 'x.zip': good, 'y.zip': good })
  let waiting: (() => void)[] = []
  // Nothing is answered before both have been asked for.
  server.intercept = ({ url }, response) => {
    waiting.push(() => void response.end(server.files.get(String(url).slice(1))))
    if (waiting.length === 2) for (const answer of waiting) answer()
    return true
  }
  const more = {
    'y.json': { api_id: 'y', custom_middleware_bundle: 'y.zip', proxy: { listen_path: '/y/' } },
    'z.json': { api_id: 'z', custom_middleware_bundle: 'x.zip', proxy: { listen_path: '/z/' } },
  }
  await using stage = await openBundleStage({ server, more })
  for (const path of ['/bundled/', '/y/', '/z/']) assert.deepEqual(await stage.fooOf(path), ['Bar'])
  assert.equal(waiting.length, 2)
  waiting = []
})

async function keptFolder({ gateway }: BundleStage): Promise<string> {
  const root = join(gateway.folder.path, 'data', 'bundles')
  const [bundle = ''] = await readdir(root)
  const version = (await readdir(join(root, bundle))).find((name) => /^[0-9a-f]{16}$/.test(name))
  return join(root, bundle, version ?? '')
}
