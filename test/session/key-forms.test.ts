import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hashOf } from '../../src/session/keys/hash-function.ts'
import { KeyForms, type KeySettings } from '../../src/session/keys/key-forms.ts'

function forms(settings: Partial<KeySettings> = {}): KeyForms {
  return new KeyForms({ hashed: false, hashFunction: '', fallback: [], secret: 's', minLength: 3, ...settings })
}

function jsonKey(org: string, id: string, h: string): string {
  return Buffer.from(JSON.stringify({ org, id, h })).toString('base64')
}

describe('the text of a key', () => {
  test('is the organisation and 32 random digits', () => {
    const texts = new Set(Array.from({ length: 100 }, () => forms().text('acme')))
    assert.equal(texts.size, 100)
    for (const text of texts) assert.match(text, /^acme[0-9a-f]{32}$/)
  })

  test('says what it is hashed by where that is configured', () => {
    const text = forms({ hashFunction: 'murmur64' }).text('acme')
    const { org, id, h, ...rest } = JSON.parse(Buffer.from(text, 'base64').toString())
    assert.deepEqual({ org, h, rest }, { org: 'acme', h: 'murmur64', rest: {} })
    assert.match(id, /^[0-9a-f]{32}$/)
  })

  test('has a chosen id in its place, and stays what it is', () => {
    assert.equal(forms().text('acme', 'ada'), 'acmeada')
    assert.equal(forms().text('acme', 'acmeada'), 'acmeada')
    assert.equal(forms().text('', 'ada'), 'ada')
    const text = forms({ hashFunction: 'sha256' }).text('acme', 'ada')
    assert.equal(text, jsonKey('acme', 'ada', 'sha256'))
    assert.equal(forms({ hashFunction: 'sha256' }).text('acme', text), text)
    assert.equal(forms().text('acme', jsonKey('other', 'x', 'sha256')), jsonKey('other', 'x', 'sha256'))
  })
})

describe('what a key is stored under', () => {
  test('is the key itself, where keys are not hashed', () => {
    assert.equal(forms({ hashFunction: 'sha256' }).stored('abc'), 'abc')
  })

  test('is its hash by the function that it names', () => {
    const { text, both } = {
      text: jsonKey('a', 'b', 'sha256'),
      both: forms({ hashed: true, hashFunction: 'murmur64', fallback: ['sha256'] }),
    }
    assert.equal(both.stored(text), hashOf(text, 'sha256', ''))
    assert.equal(both.stored('abc'), hashOf('abc', 'murmur64', ''))
    assert.equal(forms({ hashed: true }).stored('abc'), hashOf('abc', 'murmur32', ''))
  })

  test('is never a hash by a function that only the client has thought of', () => {
    const text = jsonKey('a', 'b', 'murmur32')
    const strict = forms({ hashed: true, hashFunction: 'hmac-sha256' })
    assert.equal(strict.stored(text), hashOf(text, 'hmac-sha256', 's'))
    assert.deepEqual(strict.candidates('a', text), [hashOf(text, 'hmac-sha256', 's')])
  })
})

describe('what a client sends may be stored', () => {
  const rows: [name: string, settings: Partial<KeySettings>, orgId: string, sent: string, candidates: string[]][] = [
    ['as it is', {}, '', 'abc', ['abc']],
    ['with its organisation, or without', {}, 'acme', 'abc', ['acmeabc', 'abc']],
    ['with its organisation alone, if that is there', {}, 'acme', 'acmeabc', ['acmeabc']],
    ['nowhere, if it is too short', {}, 'acme', 'ab', []],
    ['in the form that names a function', { hashFunction: 'sha256' }, 'o', 'abc', [jsonKey('o', 'abc', 'sha256'), 'abc']],
    ['as that form alone', { hashFunction: 'sha256' }, 'o', jsonKey('o', 'abc', 'sha256'), [jsonKey('o', 'abc', 'sha256')]],
    ['in forms of other settings', { fallback: ['sha256'] }, 'o', 'abc', ['oabc', 'abc', jsonKey('o', 'abc', 'sha256')]],
    [
      'hashed by any function that is listed',
      { hashed: true, fallback: ['sha256'] },
      '',
      'abc',
      [hashOf('abc', 'murmur32', ''), hashOf('abc', 'sha256', ''), hashOf(jsonKey('', 'abc', 'sha256'), 'sha256', '')],
    ],
    ['as it is, though it looks like base64', {}, '', 'eyJhbGciOiJub25lIn0', ['eyJhbGciOiJub25lIn0']],
  ]
  for (const [name, settings, orgId, sent, candidates] of rows) {
    test(name, () => assert.deepEqual(forms(settings).candidates(orgId, sent), candidates))
  }
})
