import assert from 'node:assert/strict'
import { after } from 'node:test'
import { openRedisStore } from '../../src/store/redis/redis-store.ts'
import { testStore } from './contract.ts'
import { ageKeys, openClient, settingsOf } from './redis-server.ts'

/** A database that nothing else here uses. */
const DATABASE = 7

const url = process.env.REDIS_URL
const skip = url === undefined ? 'REDIS_URL is not set' : false
const port = Number(URL.parse(url ?? '')?.port || 6379)

const client = skip ? null : await openClient(port, DATABASE)
after(() => client?.close())

testStore(
  'the Redis store',
  async () => {
    let now = 1_700_000_000_000
    await client?.flushDb()
    const store = await openRedisStore({
      settings: settingsOf(port, { database: DATABASE }),
      cacheBytes: 1_000_000,
      onTrouble: assert.ifError,
      clock: () => now,
    })
    const advance = async (seconds: number) => {
      const milliseconds = Math.round(seconds * 1000)
      now += milliseconds
      if (client) await ageKeys((args) => client.sendCommand(args), milliseconds)
    }
    return { store, advance }
  },
  { skip },
)
