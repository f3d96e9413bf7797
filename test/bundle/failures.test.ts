/** What becomes of an API when its bundle cannot be used: it answers 500 and says why; no other API notices. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { current } from '../../src/version.ts'
import { type BundleStageOptions, onlyReason, openBundleStage } from './bundle-stage.ts'
import { headerPlugin, makeBundle } from './make-bundle.ts'
import { zipOf } from './zip.ts'

interface Failure extends BundleStageOptions {
  /** What the log and the report say. */
  readonly reason: RegExp
  /** How often the server is asked for the bundle. */
  readonly requests?: number
}

const plugin = await headerPlugin()
const files = { 'plugin.js': plugin }
const good = makeBundle({ files })
const x = (zip: Buffer) => ({ files: { 'x.zip': zip } })

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const signed = makeBundle({ files, key: rsa.privateKey })

/** A manifest that differs in these fields. */
const manifest = (fields: Record<string, unknown>) => x(makeBundle({ files, manifest: fields }))
const hooks = (middleware: unknown) => manifest({ custom_middleware: middleware })
const post = (entry: object) => hooks({ driver: 'jsplugin', post: [{ name: 'AddFooBarHeader', path: 'plugin.js', ...entry }] })
const entry = (name: string, more: object = {}) => x(makeBundle({ files, more: [{ name, content: 'x', ...more }] }))

const failures: Record<string, Failure> = {
  'the downloader is off': {
    ...x(good),
    config: { enable_bundle_downloader: false },
    reason: /^Fetch the bundle "x\.zip" failed: the bundle downloader is disabled; set "enable_bundle_downloader" to true/,
    requests: 0,
  },
  'there is no base URL': { config: { bundle_base_url: '' }, reason: /no base URL is set; set "bundle_base_url"/, requests: 0 },
  'its name leaves the base URL': {
    definition: { custom_middleware_bundle: '../x.zip' },
    reason: /^Fetch the bundle "\.\.\/x\.zip" failed: found a name that leaves the bundle/,
    requests: 0,
  },
  'one name of the list is empty': {
    ...x(good),
    definition: { custom_middleware_bundle: 'x.zip,' },
    reason: /^Fetch the bundle "" failed: found an empty name/,
  },
  'the server does not have it': {
    reason: /^Fetch the bundle "x\.zip" from "http:\/\/127\.0\.0\.1:\d+\/x\.zip" failed: the server answered 404$/,
    requests: 1,
  },
  'there is no such file': {
    config: { bundle_base_url: 'file:///nowhere' },
    reason: /^Fetch the bundle "x\.zip" from "file:\/\/\/nowhere\/x\.zip" failed: there is no such file$/,
  },
  'it is too large': {
    ...x(good),
    config: { bundle_max_size: 100 },
    reason: /^Fetch the bundle "x\.zip" failed: it is larger than bundle_max_size \(100 bytes\); raise it/,
    requests: 1,
  },

  'it is no zip': { ...x(Buffer.from('<html>')), reason: /^Unpack the bundle "x\.zip" failed: expected a zip, found / },
  'the zip is cut short': { ...x(good.subarray(0, 200)), reason: /expected a zip, found / },
  'it has too many entries': {
    ...x(good),
    config: { bundle_max_files: 1 },
    reason: /it has 2 entries, more than bundle_max_files \(1\); raise it, or leave files out$/,
  },
  'an entry leaves the folder': {
    ...entry('../evil.js'),
    reason: /at "\.\.\/evil\.js": found a name that leaves the bundle, expected/,
  },
  'an entry hides that it leaves': { ...entry('lib/../../evil.js'), reason: /found a name that leaves the bundle/ },
  'an entry leaves in another system’s way': {
    ...entry('..\\evil.js'),
    reason: /at "\.\.\\\\evil\.js": found a backslash in the name/,
  },
  'an entry is absolute': { ...entry('/etc/cron.d/evil'), reason: /at "\/etc\/cron\.d\/evil": found an absolute name/ },
  'an entry names a drive': { ...entry('C:evil.js'), reason: /found an absolute name/ },
  'an entry has a NUL in its name': { ...entry('plugin.js\0.txt'), reason: /found a control character in the name/ },
  'an entry has a name without end': { ...entry(`${'a/'.repeat(30_000)}x`), reason: /found a name of more than 1024 characters/ },
  'an entry is a symbolic link': { ...entry('link', { mode: 0o120777 }), reason: /at "link": found a symbolic link/ },
  'an entry is a device': { ...entry('null', { mode: 0o020666 }), reason: /at "null": found a special file/ },
  'two entries have one name': { ...entry('plugin.js'), reason: /at "plugin\.js": found a name that another entry has already/ },
  'an entry is inside of a file': { ...entry('plugin.js/x'), reason: /found a name inside of another entry that is a file/ },
  'an entry is encrypted': {
    ...entry('secret.js', { flags: 1, method: 8 }),
    reason: /at "secret\.js": found an encrypted entry/,
  },
  'an entry is compressed in a strange way': { ...entry('x.js', { method: 12 }), reason: /found the compression method 12/ },
  'an entry has another CRC': {
    ...x(zipOf([{ name: 'manifest.json', content: '{}', crc: 1 }])),
    reason: /found (the CRC of "manifest\.json" is wrong|a wrong CRC)/,
  },
  'its files are larger than they may be': {
    ...x(makeBundle({ files: { 'plugin.js': Buffer.alloc(100_000) } })),
    config: { bundle_max_unpacked_size: 50_000 },
    reason:
      /^Unpack the bundle "x\.zip" failed at "plugin\.js": its files are larger than bundle_max_unpacked_size \(50000 bytes\)/,
  },
  'a bomb says that it is small': {
    ...x(zipOf([{ name: 'manifest.json', content: Buffer.alloc(5_000_000), method: 8, declaredSize: 100 }])),
    config: { bundle_max_unpacked_size: 50_000 },
    reason: /^Unpack the bundle "x\.zip" failed/,
  },

  'it has no manifest': {
    ...x(zipOf([{ name: 'plugin.js', content: plugin }])),
    reason: /it has no manifest\.json in its root; make it with/,
  },
  'the manifest is no JSON': {
    ...x(zipOf([{ name: 'manifest.json', content: '{\n  "a"' }])),
    reason: /^Parse the JSON of "x\.zip\/manifest\.json" failed at line 2, column 6/,
  },
  'the manifest is no object': {
    ...x(zipOf([{ name: 'manifest.json', content: '[]' }])),
    reason: /^Read the manifest "x\.zip\/manifest\.json" failed: expected an object, found a list$/,
  },
  'file_list is missing': { ...manifest({ file_list: undefined }), reason: /file_list: expected a list, found nothing/ },
  'file_list has something else': { ...manifest({ file_list: [1] }), reason: /file_list\[0\]: expected a string, found 1/ },
  'file_list leaves the bundle': {
    ...manifest({ file_list: ['plugin.js', '../x'] }),
    reason: /file_list\[1\]: expected the relative path of a file in the bundle, found "\.\.\/x": a name that leaves the bundle/,
  },
  'file_list names the manifest': {
    ...manifest({ file_list: ['plugin.js', 'manifest.json'] }),
    reason: /file_list\[1\]: .*the manifest itself/,
  },
  'file_list names a file twice': {
    ...manifest({ file_list: ['plugin.js', 'plugin.js'] }),
    reason: /file_list\[1\]: .*a name that is in the list already/,
  },
  'a listed file is not there': {
    ...manifest({ file_list: ['plugin.js', 'lib.js'] }),
    reason: /its file_list names "lib\.js", which is not in it/,
  },
  'custom_middleware is missing': {
    ...manifest({ custom_middleware: undefined }),
    reason: /custom_middleware: expected an object, found nothing/,
  },
  'a hook is no list': {
    ...hooks({ driver: 'jsplugin', post: {} }),
    reason: /custom_middleware\.post: expected a list, found an object/,
  },
  'an entry of a hook is wrong': {
    ...post({ on_error: 'ignore' }),
    reason: /custom_middleware\.post\[0\]\.on_error: expected one of "fail", "skip", found "ignore"/,
  },
  'a hook has no name': { ...post({ name: '' }), reason: /custom_middleware\.post\[0\]\.name: expected a non-empty string/ },
  'a hook leaves the bundle': {
    ...post({ path: '../plugin.js' }),
    reason:
      /custom_middleware\.post\[0\]\.path: expected a path in the bundle, found "\.\.\/plugin\.js": a name that leaves the bundle/,
  },
  'a hook is absolute': { ...post({ path: '/opt/plugin.js' }), reason: /custom_middleware\.post\[0\]\.path: .*an absolute name/ },
  'a hook names a file that is not listed': {
    ...post({ path: 'lib.js' }),
    reason: /custom_middleware\.post\[0\]\.path: expected a file of file_list, found "lib\.js", which is not in it; add it/,
  },
  'it has no driver': {
    ...hooks({ post: [{ name: 'A', path: 'plugin.js' }] }),
    reason: /custom_middleware\.driver: expected "jsplugin" .*, found nothing/,
  },
  'it has another driver': {
    ...hooks({ driver: 'python', post: [{ name: 'A', path: 'plugin.js' }] }),
    reason: /found "python", whose plugins Postern does not run/,
  },
  'it has two drivers': {
    ...manifest({ driver: 'goplugin' }),
    reason: /driver: found "goplugin", but custom_middleware\.driver is "jsplugin"; name one driver/,
  },
  'it has no checksum': {
    ...manifest({ checksum: undefined, checksum_sha256: undefined }),
    reason: /checksum_sha256: expected it, or checksum, found neither/,
  },
  'a checksum is malformed': {
    ...manifest({ checksum: 'abc' }),
    reason: /checksum: expected an MD5 of 32 hexadecimal digits, found "abc"/,
  },
  'the MD5 is wrong': {
    ...manifest({ checksum: '0'.repeat(32) }),
    reason: /^Verify the bundle "x\.zip" failed: found the checksum [0-9a-f]{32}, expected 0{32} as its manifest says/,
  },
  'the SHA-256 is wrong': {
    ...manifest({ checksum_sha256: '0'.repeat(64) }),
    reason: /found the checksum_sha256 [0-9a-f]{64}, expected 0{64}/,
  },
  'the MD5 is wrong although the SHA-256 is right': { ...manifest({ checksum: '1'.repeat(32) }), reason: /expected 1{32}/ },
  'the signature is not base64': {
    ...manifest({ signature: 'not base64!' }),
    reason: /signature: expected base64, found "not base64!"/,
  },

  'a plugin is a Go binary': {
    ...x(makeBundle({ files: { 'AddFooBarHeader.so': '\x7fELF' } })),
    reason: /^Load the artifact "x\.zip\/AddFooBarHeader\.so" failed: Go binaries cannot be loaded/,
  },
  'a plugin is not compiled': {
    ...x(makeBundle({ files: { 'plugin.js': 'exports.A = 1' } })),
    reason: /^Load the artifact "x\.zip\/plugin\.js" failed: its first line is no stamp/,
  },
  'a plugin was built for another gateway': {
    ...x(makeBundle({ files: { 'plugin.js': plugin.toString().replace(/"gateway":"[^"]*"/, '"gateway":"0.0.1"') } })),
    reason: /^Load the artifact "x\.zip\/plugin\.js" failed: it was built for gateway v0\.0\.1/,
  },
  'there are builds for other gateways only': {
    ...x(
      makeBundle({
        files: { 'plugin_v0.0.1.js': plugin },
        manifest: { custom_middleware: { driver: 'jsplugin', post: [{ name: 'A', path: 'plugin.js' }] } },
      }),
    ),
    reason: /^Load the artifact "x\.zip\/plugin\.js" failed: neither it nor "plugin_v/,
  },

  'two bundles are for different drivers': {
    files: {
      'x.zip': good,
      'y.zip': makeBundle({
        files,
        manifest: { custom_middleware: { driver: 'goplugin', post: [{ name: 'AddFooBarHeader', path: 'plugin.js' }] } },
      }),
    },
    definition: { custom_middleware_bundle: 'x.zip, y.zip' },
    reason: /^Put the bundles "x\.zip" and "y\.zip" together failed: their drivers differ: "jsplugin" and "goplugin"/,
    requests: 2,
  },
  'two bundles authenticate': {
    files: Object.fromEntries(
      ['x.zip', 'y.zip'].map((name) => [
        name,
        makeBundle({
          files,
          manifest: { custom_middleware: { driver: 'jsplugin', auth_check: { name: 'AddFooBarHeader', path: 'plugin.js' } } },
        }),
      ]),
    ),
    definition: { custom_middleware_bundle: 'x.zip,y.zip', use_keyless: false, custom_plugin_auth_enabled: true },
    reason: /^Put the bundles "x\.zip" and "y\.zip" together failed: each has an auth_check/,
    requests: 2,
  },
  'one of two bundles cannot be had': {
    ...x(good),
    definition: { custom_middleware_bundle: 'x.zip,y.zip' },
    reason: /^Fetch the bundle "y\.zip" from .* the server answered 404$/,
    requests: 2,
  },
}

describe('an API answers 500, and others are served, when', () => {
  for (const [title, { reason, requests, ...options }] of Object.entries(failures)) {
    test(title, async () => {
      await using stage = await openBundleStage(options)
      await stage.gateway.log.waitFor('APIs loaded')
      assert.match(onlyReason(stage.gateway), reason)
      assert.equal(await stage.fooOf('/bundled/some/path?query'), 500)
      assert.deepEqual(await stage.fooOf('/other/'), [])
      assert.ok(stage.gateway.log.lines.some((line) => reason.test((JSON.parse(line) as { msg: string }).msg)))
      if (requests !== undefined) assert.equal(stage.bundles.requests.length, requests, stage.bundles.requests.join('\n'))
    })
  }
})

describe('with a public key, an API answers 500 when', () => {
  const pem = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'pem' }) as string
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cases: Record<string, { zip: Buffer; key: string | null; reason: RegExp }> = {
    'the bundle is not signed': {
      zip: good,
      key: pem(rsa.publicKey),
      reason: /^Verify the bundle "x\.zip" failed: it is not signed, and public_key_path is set/,
    },
    'it is signed with another key': {
      zip: signed,
      key: pem(other.publicKey),
      reason: /its signature is not by the key at public_key_path/,
    },
    'it is signed with a key of another kind': {
      zip: signed,
      key: pem(ed25519.publicKey),
      reason: /its signature is not by the key/,
    },
    'its files are not those that were signed': {
      zip: makeBundle({
        files: { 'plugin.js': `${plugin}\n` },
        manifest: { signature: /"signature":"([^"]*)"/.exec(signed.toString('latin1'))?.[1] },
      }),
      key: pem(rsa.publicKey),
      reason: /its signature is not by the key/,
    },
    'the key is not there': {
      zip: signed,
      key: null,
      reason: /^Read the public key ".*key\.pem" failed: there is no such file; expected an RSA or Ed25519 key in PEM$/,
    },
    'the key is of another kind': {
      zip: signed,
      key: pem(ec.publicKey),
      reason: /found a key of the type ec; expected an RSA or Ed25519 key/,
    },
  }
  for (const [title, { zip, key, reason }] of Object.entries(cases)) {
    test(title, async () => {
      await using stage = await openBundleStage({ ...x(zip), config: { public_key_path: 'key.pem' } })
      if (key !== null) {
        await writeFile(join(stage.gateway.folder.path, 'key.pem'), key)
        await stage.gateway.reload()
      }
      assert.match(onlyReason(stage.gateway), reason)
      assert.equal(await stage.fooOf(), 500)
      assert.deepEqual(await stage.fooOf('/other/'), [])
    })
  }
})

test('an unlisted file of a bundle is never read, whatever it is called', async () => {
  // A build for the running version goes before the plain one.
  const more = [{ name: `plugin_v${current.version}.js`, content: await headerPlugin('evil') }]
  await using stage = await openBundleStage({ files: { 'x.zip': makeBundle({ files, more }) } })
  assert.deepEqual(await stage.fooOf(), ['Bar'])
})

test('a bundle that is not a file is refused', async () => {
  await using stage = await openBundleStage({
    config: { bundle_base_url: 'file:///dev' },
    definition: { custom_middleware_bundle: 'zero' },
  })
  assert.match(onlyReason(stage.gateway), /it is not a regular file$/)
})
