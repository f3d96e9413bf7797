import { createClient, createCluster, RESP_TYPES } from '@redis/client'
import type { RedisSettings } from '../settings.ts'
import { type Address, addressesOf } from './addresses.ts'
import { findMaster } from './sentinels.ts'
import { readTls, type TlsSettings } from './tls-settings.ts'

type Argument = string | Buffer

/** Connections to one Redis, or to the nodes of a cluster. What fails says so by rejecting; nothing is tried again. */
export interface Connection {
  /**
   * Sends one command.
   *
   * @param key what it is about, by which a cluster finds the node; any node where there is none
   */
  send(key: string | undefined, args: readonly Argument[]): Promise<unknown>
  /** As {@link send}; texts are answered as bytes. */
  sendForBytes(key: string | undefined, args: readonly Argument[]): Promise<unknown>
  /** Sends to each node that has keys. */
  nodes(): Promise<readonly ((args: readonly Argument[]) => Promise<unknown>)[]>
  /** Breaks off everything at once. */
  destroy(): void
}

export interface ConnectOptions {
  readonly settings: RedisSettings
  /** For how long connecting may take, in milliseconds. */
  readonly timeoutMs: number
  /** The channel to listen on; none unless given. */
  readonly listen?: { readonly channel: string; readonly onMessage: (text: string) => void }
  /** The connection is lost. It may be said more than once. */
  readonly onLost: (error: Error) => void
}

const asBytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }

/** Connects, listens on the channel, and makes sure that commands are answered. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const clientOptions = optionsOf(options, await readTls(options.settings))
  return await withinTime(connecting(options, clientOptions), options)
}

function connecting(options: ConnectOptions, clientOptions: ClientOptions): Connecting {
  const { settings } = options
  if (settings.enable_cluster) return connectCluster(options, clientOptions)
  if (settings.master_name !== '') return connectMaster(options, clientOptions)
  return connectSingle(options, clientOptions, addressesOf(settings)[0] as Address)
}

/** What is under way to be connected, and how to break it off. */
interface Connecting {
  readonly connected: Promise<Connection>
  destroy(): void
}

function connectSingle({ listen, onLost }: ConnectOptions, clientOptions: ClientOptions, address: Address): Connecting {
  const client = createClient({ ...clientOptions, socket: { ...clientOptions.socket, ...address } } as SingleOptions)
  const listener = listen && client.duplicate()
  const clients = listener ? [client, listener] : [client]
  for (const each of clients) each.on('error', onLost).on('end', () => onLost(new Error('Redis closed the connection')))
  const destroy = () => {
    for (const each of clients) if (each.isOpen) each.destroy()
  }
  const send = (args: readonly Argument[]) => client.sendCommand(args)
  const open = async (): Promise<Connection> => {
    await Promise.all(clients.map((each) => each.connect()))
    await Promise.all([listen && listener?.subscribe(listen.channel, listen.onMessage), client.ping()])
    return {
      send: (_, args) => send(args),
      sendForBytes: (_, args) => client.sendCommand(args, asBytes),
      nodes: async () => [send],
      destroy,
    }
  }
  return { connected: open(), destroy }
}

/** The master that the sentinels tell of. When there is another, this connection breaks, or says READONLY, and the next one finds it. */
function connectMaster(options: ConnectOptions, clientOptions: ClientOptions): Connecting {
  const search = findMaster(options.settings, clientOptions.socket)
  let { destroy } = search
  const open = async (): Promise<Connection> => {
    const master = connectSingle(options, clientOptions, await search.found)
    destroy = master.destroy
    const connection = await master.connected
    // Known to whoever may send anything at all, unlike ROLE. A Redis before 6 does not know it.
    const facts = await connection.send(undefined, ['HELLO', '2']).catch(() => [])
    const role = roleIn(facts)
    if (role === 'master') return connection
    destroy()
    throw new Error(`the sentinels name a ${role} as the master`)
  }
  return { connected: open(), destroy: () => destroy() }
}

/** A Redis that does not say so is taken for a master: it says READONLY if it is none. */
function roleIn(facts: unknown): string {
  const place = Array.isArray(facts) ? facts.indexOf('role') : -1
  return place < 0 ? 'master' : String((facts as unknown[])[place + 1])
}

function connectCluster({ settings, listen, onLost }: ConnectOptions, defaults: ClientOptions): Connecting {
  const rootNodes = addressesOf(settings).map((socket) => ({ ...defaults, socket: { ...defaults.socket, ...socket } }))
  const cluster = createCluster({ RESP: 2, rootNodes, defaults } as ClusterOptions)
  cluster.on('error', onLost).on('node-error', onLost)
  const destroy = () => {
    if (cluster.isOpen) cluster.destroy()
  }
  const open = async (): Promise<Connection> => {
    await cluster.connect()
    if (listen) await cluster.subscribe(listen.channel, listen.onMessage)
    const masters = () => Promise.all(cluster.masters.map((node) => cluster.nodeClient(node)))
    for (const client of await masters()) await client.ping()
    return {
      send: (key, args) => cluster.sendCommand(key, false, [...args]),
      sendForBytes: (key, args) => cluster.sendCommand(key, false, [...args], asBytes),
      nodes: async () => (await masters()).map((client) => (args: readonly Argument[]) => client.sendCommand(args)),
      destroy,
    }
  }
  return { connected: open(), destroy }
}

/** The library's types of options differ by protocol and kind of socket; what is common to them is enough here. */
interface ClientOptions {
  readonly socket: object
  readonly [option: string]: unknown
}
type SingleOptions = NonNullable<Parameters<typeof createClient>[0]>
type ClusterOptions = NonNullable<Parameters<typeof createCluster>[0]>

/** The library is to reconnect nowhere, and to queue for no connection: that is up to the link, which has one way to do it. */
function optionsOf({ settings, timeoutMs }: ConnectOptions, tls: TlsSettings | null): ClientOptions {
  const { username, password, database } = settings
  return {
    RESP: 2,
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(database !== 0 && { database }),
    name: 'postern',
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false, ...(tls && { tls: true, ...tls }) },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  }
}

async function withinTime({ connected, destroy }: Connecting, { timeoutMs }: ConnectOptions): Promise<Connection> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([connected, late.promise])
  } catch (error) {
    // Breaking off makes what was under way fail as well.
    connected.catch(() => {})
    destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
