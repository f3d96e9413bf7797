import { Socket } from 'node:net'
import { CRASH_FD, type CrashRecord } from '../plugin/crash-record.ts'
import { Family } from './family.ts'
import type { ChildMessage, Hello, LegacyMessage, SupervisorMessage } from './messages.ts'
import type { Siblings } from './siblings.ts'

/** What a process needs of its supervisor. */
export interface Supervision {
  /** Says hello, and resolves with what is left to this process. */
  greet(hello: Omit<Hello, 'type'>): Promise<Inheritance>
  /** Says that it serves; gives the socket in keeping, if it is given one, or tells where the store is. */
  ready(given: { readonly socket?: object | undefined; readonly path?: string }): void
  /** Calls `listener` with what others had to be ended for. */
  onCrash(listener: (crash: CrashRecord) => void): void
  /** Settles when the supervisor wants this process closed; workers get a signal instead. */
  readonly closeAsked: Promise<void>
  /** Settles when the supervisor is gone. */
  readonly orphaned: Promise<void>
}

/** What the supervisor leaves to a process. */
export interface Inheritance extends LegacyMessage {
  /** One that listens. */
  readonly socket: object | undefined
  /** The processes that serve as one gateway with this one. */
  readonly siblings: Siblings
}

/** The channel to the supervisor of this process; null if there is none. */
export function openSupervision(): Supervision | null {
  const { channel } = process
  if (!process.send || !channel) return null
  // A message that does not arrive is found out by the channel's end.
  const say = (message: ChildMessage, socket?: object) => void process.send?.(message, socket as never, undefined, () => {})
  const family = new Family((to, content) => say({ type: 'relay', to, content }))
  const legacy = Promise.withResolvers<Inheritance>()
  const closeAsked = Promise.withResolvers<void>()
  let onCrash: (crash: CrashRecord) => void = () => {}
  process.on('message', (message: SupervisorMessage, socket) => {
    switch (message.type) {
      case 'legacy':
        family.join(message)
        legacy.resolve({ ...message, siblings: family, socket: socket as object | undefined })
        break
      case 'members':
        family.setMembers(message.members)
        break
      case 'relay':
        family.hear(message.from, message.content)
        break
      case 'crash':
        onCrash(message.crash)
        break
      case 'close':
        closeAsked.resolve()
    }
  })
  channel.unref()
  return {
    greet(hello) {
      channel.ref()
      say({ type: 'hello', ...hello })
      return legacy.promise.finally(() => channel.unref())
    },
    ready: ({ socket, path }) => say({ type: 'ready', ...(path !== undefined && { path }) }, socket),
    onCrash: (listener) => {
      onCrash = listener
    },
    closeAsked: closeAsked.promise,
    orphaned: endOf(CRASH_FD),
  }
}

/** Not the channel's `disconnect`, which Node leaves out where a socket was on its way. */
function endOf(fd: number): Promise<void> {
  return new Promise((resolve) => {
    const stream = new Socket({ fd })
    stream.on('error', () => {}).on('close', () => resolve())
    stream.resume().unref()
  })
}
