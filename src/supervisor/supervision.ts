import { Socket } from 'node:net'
import { CRASH_FD } from '../plugin/crash-record.ts'
import type { LegacyMessage, WorkerMessage } from './messages.ts'

/** What a worker process needs of its supervisor. */
export interface Supervision {
  /** Says hello, and resolves with what is left to this process. */
  greet(hello: Omit<Extract<WorkerMessage, { type: 'hello' }>, 'type'>): Promise<Inheritance>
  /** Says that it serves; gives the socket in keeping, if it is given one. */
  ready(socket: object | undefined): void
  /** Settles when the supervisor is gone. */
  readonly orphaned: Promise<void>
}

/** What the supervisor leaves to a process. */
export interface Inheritance extends LegacyMessage {
  /** One that listens. */
  readonly socket: object | undefined
}

/** The channel to the supervisor of this process; null if there is none. */
export function openSupervision(): Supervision | null {
  const { channel } = process
  if (!process.send || !channel) return null
  // A message that does not arrive is found out by the channel's end.
  const say = (message: WorkerMessage, socket?: object) => void process.send?.(message, socket as never, undefined, () => {})
  return {
    greet(hello) {
      const inheritance = new Promise<Inheritance>((resolve) => {
        process.once('message', (message, socket) => {
          channel.unref()
          resolve({ ...(message as LegacyMessage), socket: socket as object | undefined })
        })
      })
      say({ type: 'hello', ...hello })
      return inheritance
    },
    ready: (socket) => say({ type: 'ready' }, socket),
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
