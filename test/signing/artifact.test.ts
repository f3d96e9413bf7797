import assert from 'node:assert/strict'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isFailure } from '../../src/errors.ts'
import { admitArtifact, parseArtifact } from '../../src/plugin/artifact.ts'
import type { SigningPolicy } from '../../src/plugin/signing/check-signature.ts'
import { readKey } from '../../src/plugin/signing/key.ts'
import { signArtifact } from '../../src/plugin/signing/sign-artifact.ts'
import { current } from '../../src/version.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'
import { type KeyPair, makeKeyPair } from './key-pair.ts'

const code = `exports.Answer = (c) => c.text('${'postern '.repeat(400)}')\n`
const options = { sourceMap: '{"version":3,"sources":["plugin.ts"],"mappings":"AAAA"}' }
const unsigned = Buffer.from(makeArtifact(code, options))

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>
let pair: KeyPair
let signed: Buffer
let policies: readonly SigningPolicy[]
before(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), 'postern-signing-'))
  pair = await makeKeyPair(folder.path, 'release')
  signed = signArtifact(unsigned, pair.signKey)
  const keys = [await readKey(pair.publicFile, 'public')]
  policies = [true, false].map((required) => ({ keys, required }))
})
after(() => folder.remove())

const admit = (bytes: Buffer, policy: SigningPolicy) => admitArtifact(bytes, 'plugin.js', current, policy)

test('a signature adds line 2, and changes neither stamp, digest, code nor source map', () => {
  const [line1, line2, ...rest] = signed.toString().split('\n')
  assert.deepEqual([line1, ...rest], unsigned.toString().split('\n'))
  assert.match(line2 ?? '', new RegExp(String.raw`^/\*! postern-sig ${pair.id} [\w-]{86} \*/$`))
  assert.deepEqual(parseArtifact(signed, 'plugin.js'), parseArtifact(unsigned, 'plugin.js'))
  for (const policy of policies) assert.equal(admit(signed, policy).signedBy, pair.id)
})

test('signing again gives the same bytes, and another key takes the place of the first', async () => {
  assert.deepEqual(signArtifact(signed, pair.signKey), signed)
  const other = await makeKeyPair(folder.path, 'other')
  assert.deepEqual(signArtifact(signArtifact(unsigned, other.signKey), pair.signKey), signed)
})

test('one flipped bit anywhere in a signed artifact is refused, whether signatures are required or not', () => {
  const body = signed.indexOf('\n', signed.indexOf('\n') + 1) + 1
  const places = Array.from({ length: signed.length }, (_, at) => at).filter((at) => at < body || at % 50 === 0)
  for (const at of places) {
    // Of the lines that are believed every bit, of the rest one.
    for (const bit of at < body ? [0, 1, 2, 3, 4, 5, 6, 7] : [at % 8]) {
      const flipped = Buffer.from(signed)
      flipped[at] = (flipped[at] as number) ^ (1 << bit)
      for (const policy of policies) {
        assert.throws(() => admit(flipped, policy), isFailure, `byte ${at}, bit ${bit}`)
      }
    }
  }
})

test('a signed artifact that is cut short anywhere is refused', () => {
  for (let length = 0; length < signed.length; length += 7) {
    for (const policy of policies) assert.throws(() => admit(signed.subarray(0, length), policy), isFailure, `${length} bytes`)
  }
})

test('the signature is looked at before anything that line 1 says is believed, and the version before the digest', () => {
  const [required] = policies as [SigningPolicy]
  const old = Buffer.from(makeArtifact(code, { stamp: { gateway: '1.0.0' } }))
  assert.throws(() => admit(old, required), { code: 'artifact_unsigned' })
  assert.throws(() => admit(Buffer.from('/*! postern {broken} */\n'), required), { code: 'artifact_unsigned' })
  const oldAndCut = signArtifact(old, pair.signKey).subarray(0, -1)
  assert.throws(() => admit(oldAndCut, required), { code: 'artifact_version_mismatch' })
  assert.throws(() => admit(signed.subarray(0, -1), required), { code: 'artifact_changed' })
  assert.throws(() => admit(Buffer.from('no artifact\n'), required), { code: 'artifact_stampless' })
})
