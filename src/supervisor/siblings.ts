import type { Member } from './messages.ts'

/** What one of the processes of a gateway answers. */
export interface SiblingAnswer {
  /** The process's number, from 1. */
  readonly worker: number
  readonly answer: unknown
}

/** Answers one kind of question. Questions and answers are JSON. */
export type Responder = (question: unknown) => unknown

/**
 * The processes that serve as one gateway, this one among them. Who wants to know, or to change, what each of them has for
 * itself asks them all: the traces of requests, counts for metrics, a reload.
 */
export interface Siblings {
  /** The number of this process, from 1; one that takes the place of another has its number. */
  readonly worker: number
  /** How many there are to be. */
  readonly count: number
  /** Those that there are now, this one included. */
  readonly members: readonly Member[]
  /** Has `responder` answer what any of them asks on `topic`. Each topic has one responder. */
  respond(topic: string, responder: Responder): void
  /**
   * Asks every process, this one included. One that has no responder, fails, or does not answer in time is left out.
   *
   * @param timeoutMs default 2000
   */
  ask(topic: string, question: unknown, timeoutMs?: number): Promise<SiblingAnswer[]>
}

/** A process that is the whole gateway. */
export function onlyChild(): Siblings {
  const responders = new Map<string, Responder>()
  return {
    worker: 1,
    count: 1,
    members: [{ worker: 1, pid: process.pid }],
    respond: (topic, responder) => void responders.set(topic, responder),
    async ask(topic, question) {
      const responder = responders.get(topic)
      return responder ? [{ worker: 1, answer: await responder(question) }] : []
    },
  }
}
