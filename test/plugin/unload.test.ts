import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { kv } from '../../src/plugin/contract/index.ts'
import { dropCompilationCache, loadArtifact } from '../../src/plugin/loader.ts'
import { artifactOf } from './make-artifact.ts'

const VERSIONS = 200

dropCompilationCache()
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('of 200 versions that each leak a timer and a listener, all that are disposed are freed', async () => {
  const host = { log: pino({ level: 'silent' }), kv }
  const versions: WeakRef<object>[] = []
  for (let n = 0; n < VERSIONS; n++) {
    const { exports, dispose } = loadArtifact(
      artifactOf(`
        const state = { n: ${n}, memory: new Array(10_000).fill(${n}) }
        setInterval(() => state.n++, 1)
        require('timers/promises').setTimeout(1e6).then(() => state)
        process.on('exit', () => state)
        exports.run = () => state
      `),
      host,
    )
    const run = exports.get('run')?.handler as unknown as () => object
    versions.push(new WeakRef(run()))
    if (n < VERSIONS - 1) await dispose()
    else test.after(dispose)
  }
  const alive = () => versions.filter((version) => version.deref()).length
  for (let attempt = 0; attempt < 20 && alive() > 1; attempt++) {
    await turn()
    collectGarbage()
  }
  assert.equal(alive(), 1)
})
