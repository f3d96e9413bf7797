import { createClient } from '@redis/client'
import { textOf } from '../../errors.ts'
import type { RedisSettings } from '../settings.ts'
import { type Address, addressesOf } from './addresses.ts'

/** A search that is under way, and how to break it off. */
export interface MasterSearch {
  readonly found: Promise<Address>
  destroy(): void
}

type ClientOptions = NonNullable<Parameters<typeof createClient>[0]>

/**
 * Asks sentinels, one after the other, where the master is that they call `master_name`: the first that knows is believed. Whoever
 * connects to it has to see to it that it is one, since a sentinel may not have heard of its end yet.
 *
 * @param socket how sentinels are connected to, apart from where they are
 */
export function findMaster(settings: RedisSettings, socket: object): MasterSearch {
  const clients = new Set<{ destroy(): void }>()
  let broken = false
  const find = async () => {
    const reasons: string[] = []
    for (const address of addressesOf(settings)) {
      if (broken) break
      const where = `${address.host}:${address.port}`
      try {
        const master = await ask(settings, { ...socket, ...address }, clients)
        if (master) return master
        reasons.push(`${where} knows no master "${settings.master_name}"`)
      } catch (error) {
        reasons.push(`${where}: ${textOf(error)}`)
      }
    }
    throw new Error(`no sentinel tells where the master is: ${reasons.join('; ')}`)
  }
  return {
    found: find(),
    destroy: () => {
      broken = true
      for (const client of clients) client.destroy()
    },
  }
}

async function ask(
  { master_name: name, sentinel_password: password }: RedisSettings,
  socket: object,
  clients: Set<{ destroy(): void }>,
): Promise<Address | null> {
  const client = createClient({
    RESP: 2,
    ...(password !== '' && { password }),
    socket,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  } as ClientOptions)
  client.on('error', () => {})
  const open = {
    destroy: () => {
      if (client.isOpen) client.destroy()
    },
  }
  clients.add(open)
  try {
    await client.connect()
    const answer = await client.sendCommand(['SENTINEL', 'get-master-addr-by-name', name])
    return Array.isArray(answer) ? { host: String(answer[0]), port: Number(answer[1]) } : null
  } finally {
    clients.delete(open)
    open.destroy()
  }
}
