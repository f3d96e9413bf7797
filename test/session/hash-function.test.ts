import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOf } from '../../src/session/keys/hash-function.ts'
import { murmur32, murmur64, murmur128 } from '../../src/session/keys/murmur3.ts'

/** Vectors that implementations of MurmurHash3 publish, with the seed 0. */
const vectors: readonly [text: string, in32: string, in128: string][] = [
  ['', '00000000', '00000000000000000000000000000000'],
  ['hello', '248bfa47', 'cbd8a7b341bd9b025b1e906a48ae1d19'],
  ['hello, world', '149bbb7f', '342fac623a5ebc8e4cdcbc079642414d'],
  ['19 Jan 2038 at 3:14:07 AM', 'e31e8a70', 'b89e5988b737affc664fc2950231b2cb'],
  ['The quick brown fox jumps over the lazy dog.', 'd5c48bfc', 'cd99481f9ee902c9695da1a38987b6e7'],
]

for (const [text, in32, in128] of vectors) {
  test(`MurmurHash3 of "${text}"`, () => {
    const bytes = Buffer.from(text)
    assert.equal(murmur32(bytes).toString('hex'), in32)
    assert.equal(murmur128(bytes).toString('hex'), in128)
    assert.equal(murmur64(bytes).toString('hex'), in128.slice(0, 16))
  })
}

test('MurmurHash3 of bytes that begin anywhere in a buffer', () => {
  const bytes = Buffer.from('xxxhello, world').subarray(3)
  assert.equal(murmur32(bytes).toString('hex'), '149bbb7f')
  assert.equal(murmur128(bytes).toString('hex'), '342fac623a5ebc8e4cdcbc079642414d')
})

test('keys are hashed by their bytes in UTF-8, and written in hexadecimal digits', () => {
  assert.equal(hashOf('hello', 'murmur32', ''), '248bfa47')
  assert.equal(hashOf('hello', 'murmur64', ''), 'cbd8a7b341bd9b02')
  assert.equal(hashOf('hello', 'murmur128', ''), 'cbd8a7b341bd9b025b1e906a48ae1d19')
  // FIPS 180-4's "abc", and test case 2 of RFC 4231.
  assert.equal(hashOf('abc', 'sha256', ''), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(
    hashOf('what do ya want for nothing?', 'hmac-sha256', 'Jefe'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})
