import { EventEmitter } from 'node:events'
import { failure } from '../../errors.ts'
import { type PluginOwner, runAs } from '../owner.ts'

const REFUSED = ['exit', 'kill', 'abort', 'reallyExit']

/** The channel to the supervisor is the gateway's. */
const WITHOUT_CHANNEL = { send: undefined, disconnect: undefined, channel: undefined, connected: false }

/** The `process` of one artifact. */
export interface ScopedProcess {
  readonly process: NodeJS.Process
  /** Takes its listeners off the real process. */
  close(): void
}

/**
 * A stand-in for `process`. What would end the gateway throws; what is assigned, to `env` too, stays in the artifact;
 * listeners last as long as its version. Everything else is the real one.
 */
export function openProcess(owner: PluginOwner): ScopedProcess {
  const { events, close } = relayEvents(owner)
  const own: Record<PropertyKey, unknown> = { env: { ...process.env }, exitCode: undefined, ...WITHOUT_CHANNEL }
  for (const method of REFUSED) {
    own[method] = () => {
      throw failure('plugin_process_refused', { plugin: owner.name, method })
    }
  }
  for (const method of Object.keys(EventEmitter.prototype)) {
    const member = Reflect.get(events, method)
    if (typeof member === 'function') own[method] = member.bind(events)
  }
  const standIn = new Proxy(process, {
    get: (real, key) => (Object.hasOwn(own, key) ? own[key] : Reflect.get(real, key)),
    set: (_real, key, value) => Reflect.set(own, key, value),
    has: (real, key) => Object.hasOwn(own, key) || Reflect.has(real, key),
    deleteProperty: (_real, key) => Reflect.deleteProperty(own, key),
  })
  return { process: standIn, close }
}

/** An emitter of its own for the artifact, that hears the events of the real process which it listens to. */
function relayEvents(owner: PluginOwner) {
  const events = new EventEmitter()
  const relays = new Map<string | symbol, (...args: unknown[]) => void>()
  events.on('newListener', (event: string | symbol) => {
    if (relays.has(event)) return
    const relay = (...args: unknown[]) => void runAs(owner, () => events.emit(event, ...args))
    relays.set(event, relay)
    process.on(event, relay)
  })
  const close = () => {
    for (const [event, relay] of relays) process.off(event, relay)
    events.removeAllListeners()
  }
  return { events, close }
}
