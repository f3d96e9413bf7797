import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { bundleBuild } from '../../src/cli/bundle-build.ts'
import { makeFolder } from '../control/temporary-folder.ts'
import { openBundleStage } from './bundle-stage.ts'
import { headerPlugin } from './make-bundle.ts'

const main = join(import.meta.dirname, '../../src/main.ts')
const plugin = (await headerPlugin()).toString()

/** The manifest of the plugin page. */
const fooBar = {
  file_list: ['AddFooBarHeader.js'],
  custom_middleware: { post: [{ name: 'AddFooBarHeader', path: 'AddFooBarHeader.js' }] },
  driver: 'goplugin',
}

interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function build(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Result> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...process.env, ...env } }
    const child = execFile(process.execPath, [main, 'bundle', 'build', ...args], options, (_, out, err) => {
      resolve({ code: child.exitCode, out, err })
    })
    child.stdin?.end()
  })
}

async function sourceFolder(manifest: object = fooBar) {
  return makeFolder({ 'manifest.json': manifest, 'AddFooBarHeader.js': plugin })
}

describe('postern bundle build', () => {
  for (const type of ['rsa', 'ed25519'] as const) {
    test(`makes the FooBarBundle.zip of the plugin page, signed with a key of the type ${type}, which a gateway serves`, async () => {
      const { publicKey, privateKey } =
        type === 'rsa' ? generateKeyPairSync(type, { modulusLength: 2048 }) : generateKeyPairSync(type)
      await using folder = await sourceFolder()
      await folder.write('key.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }))
      const key = await folder.write('public.pem', publicKey.export({ type: 'spki', format: 'pem' }))
      const { code, out, err } = await build(['-k', 'key.pem', '-o', 'FooBarBundle.zip'], folder.path)
      assert.deepEqual([code, err], [0, ''])
      assert.match(
        out,
        /^Wrote FooBarBundle\.zip \(\d+ bytes, signed\): AddFooBarHeader\.js\n {2}checksum_sha256: [0-9a-f]{64}\n$/,
      )
      await using stage = await openBundleStage({
        files: { 'abc/FooBarBundle.zip': await readFile(join(folder.path, 'FooBarBundle.zip')) },
        definition: { custom_middleware_bundle: 'abc/FooBarBundle.zip' },
        config: { public_key_path: key },
      })
      assert.deepEqual(stage.gateway.report, { apis: 2, failed: [], quarantined: [] })
      assert.deepEqual(await stage.fooOf(), ['Bar'])
    })
  }

  test('gives the same bytes from any folder, at any time, in any time zone', async () => {
    await using one = await sourceFolder()
    await using two = await sourceFolder()
    await build(['-y'], one.path, { TZ: 'Pacific/Auckland' })
    await build(['--manifest', join(two.path, 'manifest.json'), '--skip-signing', '--output', join(two.path, 'out/b.zip')], '/', {
      TZ: 'UTC',
    })
    const digests = await Promise.all(
      [join(one.path, 'bundle.zip'), join(two.path, 'out/b.zip')].map(async (file) =>
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      ),
    )
    assert.equal(digests[0], digests[1])
  })

  test('writes the checksums of the contents in the order of the list', async () => {
    const manifest = {
      file_list: ['file1', 'file2'],
      custom_middleware: { driver: 'jsplugin', pre: [{ name: 'A', path: 'file1' }] },
      checksum: 'an old one',
    }
    await using folder = await makeFolder({ 'manifest.json': manifest, file1: 'file1 content', file2: 'file2 content' })
    assert.equal((await build(['-y'], folder.path)).code, 0)
    const zip = (await readFile(join(folder.path, 'bundle.zip'))).toString('latin1')
    assert.match(zip, /"checksum": "1510d0e71b31de1c78fd9e823a7c6de9"/)
    assert.match(zip, /"checksum_sha256": "[0-9a-f]{64}",\n {2}"signature": ""/)
    assert.deepEqual(
      zip
        .split('PK\u0003\u0004')
        .slice(1)
        .map((local) => local.slice(26, 26 + local.charCodeAt(22))),
      ['file1', 'file2', 'manifest.json'],
    )
  })

  const refusals: Record<string, { manifest?: object | string; args?: string[]; text: RegExp }> = {
    'neither a key nor -y': {
      args: [],
      text: /^Build the bundle failed: nobody said whether to sign it; .*-k FILE, .*-y \(--skip-signing\)$/m,
    },
    'a manifest that is not there': {
      args: ['-y', '-m', 'no.json'],
      text: /^Couldn't load manifest file "no\.json": there is no such file; name it with -m FILE$/m,
    },
    'a manifest that is no JSON': { manifest: '{', text: /^Couldn't load manifest file "manifest\.json": .*line 1, column 2/s },
    'no hooks': { manifest: { ...fooBar, custom_middleware: { post: [] } }, text: /^No hooks defined in "manifest\.json"/ },
    'no custom_middleware': {
      manifest: { ...fooBar, custom_middleware: undefined },
      text: /^No hooks defined in "manifest\.json"/,
    },
    'no driver': { manifest: { ...fooBar, driver: undefined }, text: /^No driver specified in "manifest\.json"/ },
    'a driver that Postern does not run': {
      manifest: { ...fooBar, driver: 'lua' },
      text: /custom_middleware\.driver: expected "jsplugin"/,
    },
    'a file that is not there': {
      manifest: { ...fooBar, file_list: ['AddFooBarHeader.js', 'lib.js'] },
      text: /^Referencing a nonexistent file: "lib\.js" in the file_list of "manifest\.json" \(ENOENT/,
    },
    'a plugin that is not listed': {
      manifest: { ...fooBar, file_list: [] },
      text: /custom_middleware\.post\[0\]\.path: expected a file of file_list, found "AddFooBarHeader\.js"/,
    },
    'a name that is not plain': {
      manifest: { ...fooBar, file_list: ['AddFooBarHeader.js', './AddFooBarHeader.js'] },
      text: /file_list\[1\]: expected the relative path/,
    },
    'a key that is none': {
      args: ['-k', 'AddFooBarHeader.js'],
      text: /^Read the private key "AddFooBarHeader\.js" failed: .*; expected an RSA or Ed25519 key in PEM$/m,
    },
    'a public key': {
      args: ['-k', 'public.pem'],
      text: /^Read the private key "public\.pem" failed: found a PEM block called "PUBLIC KEY"; expected an RSA or Ed25519 key in PEM$/m,
    },
    'a key that is not there': {
      args: ['-k', 'none.pem'],
      text: /^Read the private key "none\.pem" failed: there is no such file; expected/m,
    },
    'an output that would overwrite a source': {
      args: ['-y', '-o', 'AddFooBarHeader.js'],
      text: /^Write "AddFooBarHeader\.js" failed: the file is/,
    },
  }
  for (const [title, { manifest, args = ['-y'], text }] of Object.entries(refusals)) {
    test(`refuses ${title}, and writes nothing`, async () => {
      await using folder = await sourceFolder()
      await folder.write('public.pem', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }))
      if (manifest !== undefined) await folder.write('manifest.json', manifest)
      const output = join(folder.path, 'bundle.zip')
      const inFolder = args.map((arg) => (arg.includes('.') ? join(folder.path, arg) : arg))
      const defaults = ['-m', join(folder.path, 'manifest.json'), '-o', output]
      await assert.rejects(
        bundleBuild([...defaults, ...inFolder], { out: assert.fail, err: assert.fail, env: {} }),
        (error: Error) => {
          assert.match(error.message.replaceAll(`${folder.path}/`, ''), text)
          return true
        },
      )
      assert.equal(existsSync(output), false)
      assert.equal(await readFile(join(folder.path, 'AddFooBarHeader.js'), 'utf8'), plugin)
    })
  }

  test('shows its usage to whoever calls it wrongly', async () => {
    const { code, err } = await build(['--sign'], tmpdir())
    assert.equal(code, 2)
    assert.match(err, /Unknown option '--sign'\nusage: postern bundle build \[-m FILE\] \[-o FILE\] \[-k FILE \| -y\]/)
  })

  for (const [answer, written] of [
    ['y', true],
    ['YES', true],
    ['', false],
    ['n', false],
  ] as const) {
    test(`asks at a terminal whether to leave the bundle unsigned, and takes "${answer}" for ${written ? 'yes' : 'no'}`, async () => {
      await using folder = await sourceFolder()
      const questions: string[] = []
      const ask = async (question: string) => {
        questions.push(question)
        return answer
      }
      const output = join(folder.path, 'bundle.zip')
      const io = { out: () => {}, err: () => {}, env: {}, ask }
      assert.equal(await bundleBuild(['-m', join(folder.path, 'manifest.json'), '-o', output], io), written ? 0 : 1)
      assert.deepEqual(questions, ['The bundle will not be signed. Go on? [y/N] '])
      assert.equal(existsSync(output), written)
    })
  }
})
