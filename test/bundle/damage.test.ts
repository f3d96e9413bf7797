import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '../../src/errors.ts'
import { readBundle } from '../../src/plugin/bundle/read-bundle.ts'
import { openArchive } from '../../src/plugin/bundle/unpack.ts'
import { current } from '../../src/version.ts'
import { headerPlugin, makeBundle } from './make-bundle.ts'

const limits = { maxSize: 1e6, maxUnpackedSize: 1e6, maxFiles: 10 }
const gates = { publicKey: null, version: current, checkMiddleware: () => [] }

async function open(zip: Buffer): Promise<[string, string][]> {
  const archive = await openArchive(zip, 'x.zip', limits)
  const { files } = await readBundle('x.zip', (name) => archive.read(name), gates)
  return [...files].map(([name, content]) => [name, content.toString('latin1')])
}

test('a bundle with any one bit flipped, or cut short anywhere, is what it was or is refused with an error of the catalogue', async () => {
  const zip = makeBundle({ files: { 'plugin.js': await headerPlugin() } })
  const intact = await open(zip)
  let refused = 0
  const judge = async (damaged: Buffer, what: string) => {
    try {
      assert.deepEqual(await open(damaged), intact, what)
    } catch (error) {
      assert.ok(isFailure(error), `${what}: ${error}`)
      refused += 1
    }
  }
  for (let at = 0; at < zip.length; at += 1) {
    const damaged = Buffer.from(zip)
    damaged.writeUInt8(zip.readUInt8(at) ^ (1 << (at % 8)), at)
    await judge(damaged, `bit ${at % 8} of byte ${at}`)
    if (at % 8 === 0) await judge(zip.subarray(0, at), `the first ${at} bytes`)
  }
  assert.ok(refused > zip.length, `${refused} of ${zip.length} bytes mattered`)
})
