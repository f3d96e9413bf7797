import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf } from '../../src/control/config/load.ts'
import { failure } from '../../src/errors.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import { captureLog } from '../harness/captured-log.ts'
import { definition } from '../harness/definition.ts'

const faults = {
  'that is away, which it says itself': { error: failure('store_away', { where: 'a test', reason: 'gone' }), level: 'debug' },
  'that fails in another way': { error: failure('store_failed', { where: 'a test', reason: 'broken' }), level: 'error' },
}

for (const [what, { error, level }] of Object.entries(faults)) {
  test(`nobody is let in who cannot be counted; of a store ${what}, a request writes at level ${level}`, async () => {
    const log = captureLog()
    const store = await openMemoryStore()
    const counters = { ...store.counters, take: () => Promise.reject(error) }
    const json = JSON.stringify(definition('http://127.0.0.1:9/', { global_rate_limit: { rate: 1, per: 1 } }))
    const gateway = await openGateway({
      config: await configOf({ listen_port: 0 }, 'the test'),
      log: await openLog({ level: 'debug', format: 'json', destination: log.destination }),
      standIns: {
        store: { ...store, counters: counters as never },
        definitions: async () => [{ file: 'api.json', read: async () => json }],
      },
    })
    try {
      assert.equal((await fetch(`${gateway.url}/api/`)).status, 503)
      const line = JSON.parse(await log.waitFor('limits_unavailable'))
      assert.equal(line.level, level)
    } finally {
      await gateway.close()
    }
  })
}
