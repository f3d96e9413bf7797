import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ErrorCode } from '../../src/errors.ts'
import { parseArtifact, readArtifact } from '../../src/plugin/artifact.ts'
import { signaturesUnverified } from '../../src/plugin/signing/check-signature.ts'
import type { Version } from '../../src/version.ts'
import { makeArtifact } from './make-artifact.ts'

const running: Version = { version: '9.8.7', build: 'b2', contract: 'c'.repeat(64) }
const built = { gateway: running.version, build: running.build, contract: running.contract }
const code = 'exports.Greet = () => {}\n'
const good = makeArtifact(code, { stamp: built, sourceMap: '{"version":3}' })

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-artifact-'))
})
after(() => rm(folder, { recursive: true }))

async function put(name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

test('an artifact is read as it was sealed, its source map apart from its code', async () => {
  const artifact = await readArtifact(await put('whole.js', good), running, signaturesUnverified)
  assert.equal(artifact.code, code)
  assert.equal(artifact.sourceMap, '{"version":3}')
  assert.equal(artifact.stamp.name, 'sample')
  assert.equal(good, makeArtifact(code, { stamp: built, sourceMap: '{"version":3}' }), 'equal input gives equal bytes')
})

test('a stamp that would end its comment early is escaped', () => {
  const config = { description: 'any of /* and */ and "\\/"', line: '\n' }
  const stamp = { exports: [{ name: 'Greet', kind: 'defined' as const, config }] }
  const artifact = parseArtifact(Buffer.from(makeArtifact('// */', { stamp })), 'plugin.js')
  assert.deepEqual(artifact.stamp.exports[0]?.config, config)
  assert.equal(artifact.code, '// */')
})

test('a signature on line 2 is not part of the code, nor of the digest', () => {
  const signed = good.replace('\n', `\n/*! postern-sig ${'0'.repeat(16)} ${'A'.repeat(86)} */\n`)
  assert.equal(parseArtifact(Buffer.from(signed), 'plugin.js').code, code)
})

test('only a source map at the very end is taken off', () => {
  const text = 'exports.url = "\\\n//# sourceMappingURL=data:application/json;base64,e30="\n'
  const artifact = parseArtifact(Buffer.from(makeArtifact(text)), 'plugin.js')
  assert.equal(artifact.code, text)
  assert.equal(artifact.sourceMap, null)
})

test('the build for the running version is taken before plugin.js', async () => {
  const path = await put('plugin.js', makeArtifact(code, { stamp: { ...built, gateway: '9.8.6' } }))
  const versioned = await put('plugin_v9.8.7.js', good)
  assert.equal((await readArtifact(path, running, signaturesUnverified)).path, versioned)
})

const unstamped = good.slice(good.indexOf('\n') + 1)
const refused: { what: string; file: string | Buffer; code: ErrorCode; says: RegExp }[] = [
  { what: 'an empty file', file: '', code: 'artifact_empty', says: /the file is empty/ },
  {
    what: 'plain JavaScript',
    file: unstamped,
    code: 'artifact_stampless',
    says: /no stamp.*this gateway \(v9\.8\.7 \(build b2\)\)/,
  },
  { what: 'a binary', file: Buffer.from('\x7fELF\0\0\n\xff', 'latin1'), code: 'artifact_stampless', says: /no stamp/ },
  { what: 'a stamp that is no JSON', file: '/*! postern {oops} */\n', code: 'artifact_stamp_invalid', says: /not JSON/ },
  { what: 'a stamp cut short', file: good.slice(0, 80), code: 'artifact_stamp_invalid', says: /not JSON/ },
  {
    what: 'a stamp without a field',
    file: good.replace('"name":"sample",', ''),
    code: 'artifact_stamp_invalid',
    says: /written for v9\.8\.7 \(build b2\).*name:/,
  },
  {
    what: 'a stamp of another format',
    file: '/*! postern {"format":2,"gateway":"10.0.0"} */\n',
    code: 'artifact_format_unknown',
    says: /format 2, written for v10\.0\.0.*reads the format 1/,
  },
  {
    what: 'an endless stamp',
    file: `/*! postern {"a":"${'a'.repeat(1024 * 1024)}"} */\n`,
    code: 'artifact_stamp_too_large',
    says: /longer than 1048576 bytes/,
  },
  { what: 'changed code', file: good.replace('Greet', 'Bleat'), code: 'artifact_changed', says: /cut short or changed/ },
  { what: 'code cut short', file: good.slice(0, -20), code: 'artifact_changed', says: /cut short or changed/ },
  { what: 'other line ends', file: good.replaceAll('\n', '\r\n'), code: 'artifact_changed', says: /cut short or changed/ },
  {
    what: 'another gateway version',
    file: makeArtifact(code, { stamp: { ...built, gateway: '9.8.6', build: '' } }),
    code: 'artifact_version_mismatch',
    says: /built for gateway v9\.8\.6, but this gateway is v9\.8\.7 \(build b2\)/,
  },
  {
    what: 'another build of the same version',
    file: makeArtifact(code, { stamp: { ...built, build: 'b1' } }),
    code: 'artifact_version_mismatch',
    says: /built for gateway v9\.8\.7 \(build b1\), but this gateway is v9\.8\.7 \(build b2\)/,
  },
  {
    what: 'another contract',
    file: makeArtifact(code, { stamp: { ...built, contract: 'd'.repeat(64) } }),
    code: 'artifact_contract_mismatch',
    says: /contract d{12}, but this gateway, v9\.8\.7 \(build b2\), has the contract c{12};/,
  },
]

for (const { what, file, code, says } of refused) {
  test(`${what} is refused in one sentence that ends in the command to rebuild it`, async () => {
    const path = await put('greet.js', file)
    await assert.rejects(readArtifact(path, running, signaturesUnverified), (error: Error & { code?: string }) => {
      assert.equal(error.code, code)
      assert.match(error.message, says)
      assert.ok(error.message.includes(`"${path}"`))
      assert.match(error.message, /: docker run --rm -v "\$PWD":\/plugin-source postern\/plugin-compiler:v9\.8\.7 greet\.js$/)
      assert.doesNotMatch(error.message, /\n|\. /)
      return true
    })
  })
}

test('a file that is missing, unreadable or a Go binary is refused with what to do', async () => {
  await assert.rejects(readArtifact(join(folder, 'none/x.js'), running, signaturesUnverified), {
    code: 'artifact_missing',
    message: /neither it nor "x_v9\.8\.7\.js" exists; .* postern\/plugin-compiler:v9\.8\.7 x\.js$/,
  })
  await assert.rejects(readArtifact(folder, running, signaturesUnverified), {
    code: 'artifact_unreadable',
    message: /not a regular file/,
  })
  await assert.rejects(readArtifact(join(folder, 'plugin.so'), running, signaturesUnverified), {
    code: 'artifact_native',
    message: /Go binaries cannot be loaded.*docs\/porting-from-tyk\.md/,
  })
})
