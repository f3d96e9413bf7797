import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { configOf } from '../../src/control/config/load.ts'
import { openGateway } from '../../src/gateway.ts'
import { openLog } from '../../src/log.ts'
import { openMemoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { captureLog } from '../harness/captured-log.ts'
import { definition } from '../harness/definition.ts'
import { exchange } from '../harness/raw-client.ts'
import { sign } from './issuer.ts'

const secret = Buffer.from('a secret of no less than 32 bytes')

/** A store that cannot be asked for sessions. */
async function brokenStore(): Promise<Store> {
  const store = await openMemoryStore()
  const sessions = Object.create(store.sessions, {
    get: { value: () => Promise.reject(new Error('the disk is on fire')) },
  }) as Store['sessions']
  return Object.create(store, { sessions: { value: sessions } }) as Store
}

describe('a store that cannot be asked lets nobody in', () => {
  const kinds: Record<string, { fields: object; credential: () => string | Promise<string> }> = {
    key: { fields: { use_standard_auth: true }, credential: () => 'key-one' },
    user: { fields: { use_basic_auth: true }, credential: () => `Basic ${Buffer.from('a:b').toString('base64')}` },
    JWT: {
      fields: {
        enable_jwt: true,
        jwt_signing_method: 'hmac',
        jwt_source: secret.toString('base64'),
        jwt_default_policies: ['users'],
      },
      credential: () => sign({ sub: 'a' }, secret, { alg: 'HS256' }),
    },
  }
  for (const [name, { fields, credential }] of Object.entries(kinds)) {
    test(name, async () => {
      const log = captureLog()
      const json = JSON.stringify(definition('http://127.0.0.1:9/', { use_keyless: false, ...fields }))
      const gateway = await openGateway({
        config: await configOf({ listen_port: 0 }, 'the test'),
        log: await openLog({ level: 'debug', format: 'json', destination: log.destination }),
        standIns: {
          store: await brokenStore(),
          definitions: async () => [{ file: 'api.json', read: async () => json }],
        },
      })
      try {
        const lines = ['GET /api/ HTTP/1.1', 'Host: a', `Authorization: ${await credential()}`, 'Connection: close']
        const { status, text } = await exchange(gateway.port, `${lines.join('\r\n')}\r\n\r\n`)
        assert.equal(status, 503)
        assert.equal(JSON.parse(text).error, 'Service temporarily unavailable.')
        await log.waitFor('Look up a key failed: the disk is on fire')
      } finally {
        await gateway.close()
      }
    })
  }
})
