import assert from 'node:assert/strict'
import { mkdtempDisposable, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { failure } from '../../src/errors.ts'
import { openLog } from '../../src/log.ts'
import type { KeyValue } from '../../src/plugin/contract/kv.ts'
import { fromFiles } from '../../src/plugin/registry.ts'
import type { SigningPolicy } from '../../src/plugin/signing/check-signature.ts'
import { Uploads } from '../../src/plugin/uploads/uploads.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { current, type Version } from '../../src/version.ts'
import { type CapturedLog, captureLog } from '../harness/captured-log.ts'
import { until } from '../harness/until.ts'
import { makeArtifact } from '../plugin/make-artifact.ts'

const signing: SigningPolicy = { keys: [], required: false }
const artifact = (text: string, gateway = current.version) =>
  Buffer.from(makeArtifact(`exports.Answer = (c) => c.text('${text}')\n`, { stamp: { gateway } }))

/** One store, and gateways on it with folders of their own. */
class Sharing implements AsyncDisposable {
  readonly kv: KeyValue
  isAway = false
  readonly #store: Store
  readonly #resources = new AsyncDisposableStack()

  static async open(): Promise<Sharing> {
    return new Sharing(await openMemoryStore())
  }

  private constructor(store: Store) {
    this.#store = store
    const { get, set, delete: remove, increment } = store.kv('uploads')
    const reach = <T>(call: () => Promise<T>) => (this.isAway ? Promise.reject(failure('store_closed', undefined)) : call())
    this.kv = {
      get: (key) => reach(() => get(key)),
      set: (...args) => reach(() => set(...args)),
      delete: (key) => reach(() => remove(key)),
      increment: (...args) => reach(() => increment(...args)),
    }
  }

  async folder(): Promise<string> {
    return join(this.#resources.use(await mkdtempDisposable(join(tmpdir(), 'postern-uploads-'))).path, 'plugins')
  }

  async gateway({ folder, version = current }: { folder?: string; version?: Version } = {}): Promise<Gateway> {
    const log = captureLog()
    const where = folder ?? (await this.folder())
    const options = { folder: where, kv: this.kv, shared: true, version, signing }
    const uploads = await Uploads.open({
      ...options,
      log: await openLog({ level: 'debug', format: 'json', destination: log.destination }),
    })
    return {
      uploads,
      folder: where,
      log,
      put: (name, bytes) => uploads.put(name, bytes, uploads.admit(name, bytes)),
      text: async (name) => (await uploads.sourceBefore(fromFiles).read(`upload://${name}`, version, signing)).code,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close()
    await this.#resources.disposeAsync()
  }
}

interface Gateway {
  readonly uploads: Uploads
  readonly folder: string
  readonly log: CapturedLog
  put(name: string, bytes: Buffer): Promise<unknown>
  /** The code that it would load. */
  text(name: string): Promise<string>
}

describe('gateways that share a store', () => {
  test('have what one of them was given, also what is larger than one value of the store', async () => {
    await using sharing = await Sharing.open()
    const [one, two] = [await sharing.gateway(), await sharing.gateway()]
    const bytes = Buffer.from(makeArtifact(`exports.Answer = () => {}\n//${'x'.repeat(700_000)}\n`))
    await one.put('greet.js', bytes)
    await assert.rejects(two.text('greet.js'), { code: 'upload_missing' })
    await two.uploads.refresh()
    assert.equal(await two.text('greet.js'), await one.text('greet.js'))
    const [name = ''] = await readdir(two.folder)
    assert.deepEqual(await readFile(join(two.folder, name)), bytes)
  })

  test('go on with what they had while the store is away, from their start on', async () => {
    await using sharing = await Sharing.open()
    const [one, two] = [await sharing.gateway(), await sharing.gateway()]
    await one.put('greet.js', artifact('first'))
    await two.uploads.refresh()
    sharing.isAway = true
    const again = await sharing.gateway({ folder: two.folder })
    await again.uploads.refresh()
    assert.match(await again.text('greet.js'), /first/)
    await assert.rejects(again.put('greet.js', artifact('second')), { code: 'store_closed' })
    assert.match(await again.text('greet.js'), /first/)
    sharing.isAway = false
    await one.put('greet.js', artifact('third'))
    await again.uploads.refresh()
    assert.match(await again.text('greet.js'), /third/)
  })

  test('go on with what they had where the store has lost it, and the next upload puts all of it back', async () => {
    await using sharing = await Sharing.open()
    const one = await sharing.gateway()
    const digest = async () => ((await one.put('greet.js', artifact('first'))) as { sha256: string }).sha256
    const sha256 = await digest()
    await sharing.kv.delete('table')
    await sharing.kv.delete(`bytes ${sha256}`)
    const again = await sharing.gateway({ folder: one.folder })
    for (let i = 0; i < 2; i++) await again.uploads.refresh()
    assert.match(await again.text('greet.js'), /first/)
    assert.equal(again.log.lines.filter((line) => line.includes('as if it had lost them')).length, 1)
    await again.put('other.js', artifact('other'))
    const two = await sharing.gateway()
    await two.uploads.refresh()
    assert.deepEqual([/first/.test(await two.text('greet.js')), /other/.test(await two.text('other.js'))], [true, true])
  })

  test('take nothing from the store that has not the digest it should have', async () => {
    await using sharing = await Sharing.open()
    const [one, two] = [await sharing.gateway(), await sharing.gateway()]
    await one.put('greet.js', artifact('first'))
    await two.uploads.refresh()
    const { sha256 } = (await one.put('greet.js', artifact('second'))) as { sha256: string }
    await sharing.kv.set(`bytes ${sha256} 0`, artifact('forged').toString('base64'))
    await two.uploads.refresh()
    assert.match(await two.text('greet.js'), /first/)
    const three = await sharing.gateway()
    await three.uploads.refresh()
    await assert.rejects(three.text('greet.js'), { code: 'upload_lost' })
  })

  test('mend a copy that has changed on the disk', async () => {
    await using sharing = await Sharing.open()
    const one = await sharing.gateway()
    const { sha256 } = (await one.put('greet.js', artifact('first'))) as { sha256: string }
    await writeFile(join(one.folder, `${sha256}.js`), artifact('forged'))
    assert.match(await one.text('greet.js'), /first/)
    assert.match(await readFile(join(one.folder, `${sha256}.js`), 'utf8'), /first/)
  })

  test('lose nothing when several of them are given something at once', async () => {
    await using sharing = await Sharing.open()
    const gateways = await Promise.all(Array.from({ length: 4 }, () => sharing.gateway()))
    await Promise.all(gateways.flatMap(({ put }, i) => [put(`a${i}.js`, artifact(`a${i}`)), put(`b${i}.js`, artifact('same'))]))
    const [one] = gateways as [Gateway]
    await one.uploads.refresh()
    assert.deepEqual(
      one.uploads.all.map(({ name }) => name),
      ['a0.js', 'a1.js', 'a2.js', 'a3.js', 'b0.js', 'b1.js', 'b2.js', 'b3.js'],
    )
    for (const { name } of one.uploads.all) assert.ok(await one.text(name))
  })

  test('keep a name for each of two versions, while one takes the place of the other', async () => {
    await using sharing = await Sharing.open()
    const versioned = (version: string) => sharing.gateway({ version: { ...current, version } })
    const [old, next] = [await versioned('1.0.0'), await versioned('1.1.0')]
    await old.put('greet.js', artifact('old', '1.0.0'))
    await next.uploads.refresh()
    await assert.rejects(next.text('greet.js'), { code: 'upload_missing' })
    await next.put('greet.js', artifact('next', '1.1.0'))
    await old.uploads.refresh()
    assert.deepEqual([/old/.test(await old.text('greet.js')), /next/.test(await next.text('greet.js'))], [true, true])
    const last = await versioned('1.2.0')
    await last.put('greet.js', artifact('last', '1.2.0'))
    assert.deepEqual(
      last.uploads.all.map(({ gateway }) => gateway.slice(0, 6)),
      ['v1.1.0', 'v1.2.0'],
    )
    await last.uploads.delete('greet.js')
    assert.deepEqual(last.uploads.all, [])
  })

  test('keep neither bytes nor files of what is no upload any more', async () => {
    await using sharing = await Sharing.open()
    const one = await sharing.gateway()
    const { sha256 } = (await one.put('greet.js', artifact('first'))) as { sha256: string }
    const file = join(one.folder, `${sha256}.js`)
    await one.put('copy.js', artifact('first'))
    await one.put('greet.js', artifact('second'))
    assert.ok(await sharing.kv.get(`bytes ${sha256}`), 'copy.js is the same')
    await utimes(file, 0, 0)
    await one.uploads.delete('copy.js')
    assert.equal(await sharing.kv.get(`bytes ${sha256}`), undefined)
    assert.equal(await sharing.kv.get(`bytes ${sha256} 0`), undefined)
    assert.equal((await readdir(one.folder)).length, 2)
  })

  test('wait for one another, and not for one that died meanwhile', async () => {
    await using sharing = await Sharing.open()
    const one = await sharing.gateway()
    await sharing.kv.increment('lock', 1, { ttl: 60 })
    const putting = one.put('greet.js', artifact('first'))
    await until('the wait', async () => Number(await sharing.kv.get('lock')) > 2)
    await sharing.kv.delete('lock')
    await putting
    await sharing.kv.increment('lock', 1, { ttl: 60 })
    await assert.rejects(one.put('greet.js', artifact('second')), { code: 'upload_busy' })
  })

  test('are not disturbed by a table that is none', async () => {
    await using sharing = await Sharing.open()
    const one = await sharing.gateway()
    await one.put('greet.js', artifact('first'))
    await sharing.kv.set('table', { not: 'a table' })
    await one.uploads.refresh()
    assert.match(await one.text('greet.js'), /first/)
    await one.log.waitFor('what is known stays in use')
  })
})
