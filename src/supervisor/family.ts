import type { Member } from './messages.ts'
import type { Responder, SiblingAnswer, Siblings } from './siblings.ts'

const PATIENCE_MS = 2_000

/** Questions that nobody here answers as yet wait for as long: a process that is starting has not all its responders. */
const HELD_MS = 10_000

/** What goes from one process to another. */
type Content =
  | { readonly type: 'question'; readonly id: string; readonly topic: string; readonly question: unknown }
  /** `answers`: whether there is an answer at all. */
  | { readonly type: 'answer'; readonly id: string; readonly answers: boolean; readonly answer?: unknown }

/** An answer that is waited for from several. */
interface Inquiry {
  /** Those that have not answered. */
  readonly waiting: Set<number>
  readonly answers: SiblingAnswer[]
  readonly done: () => void
}

/** The processes of one gateway, which reach one another by way of their supervisor. */
export class Family implements Siblings {
  readonly #send: (to: number, content: Content) => void
  readonly #responders = new Map<string, Responder>()
  readonly #inquiries = new Map<string, Inquiry>()
  /** Questions for a responder that is not there yet, by topic. */
  readonly #held = new Map<string, ((responder: Responder | null) => void)[]>()
  #members: readonly Member[] = []
  #worker = 1
  #count = 1
  #lastId = 0

  /** @param send hands something to the supervisor, for one of the others or for all of them (0) */
  constructor(send: (to: number, content: unknown) => void) {
    this.#send = send
  }

  get worker(): number {
    return this.#worker
  }

  get count(): number {
    return this.#count
  }

  get members(): readonly Member[] {
    return this.#members
  }

  join({ worker, workers }: { readonly worker: number; readonly workers: number }): void {
    this.#worker = worker
    this.#count = workers
    this.#members = [{ worker, pid: process.pid }]
  }

  /** Those that have left answer nothing any more; of who took their places nothing was asked. */
  setMembers(members: readonly Member[]): void {
    const there = new Set(members.map(({ worker, pid }) => `${worker} ${pid}`))
    const gone = this.#members.filter(({ worker, pid }) => !there.has(`${worker} ${pid}`))
    this.#members = members
    for (const { worker } of gone) for (const inquiry of this.#inquiries.values()) settle(inquiry, worker)
  }

  respond(topic: string, responder: Responder): void {
    this.#responders.set(topic, responder)
    for (const go of this.#held.get(topic) ?? []) go(responder)
    this.#held.delete(topic)
  }

  async ask(topic: string, question: unknown, timeoutMs = PATIENCE_MS): Promise<SiblingAnswer[]> {
    const [own, others] = await Promise.all([
      this.#askSelf(topic, question, timeoutMs),
      this.#askOthers(topic, question, timeoutMs),
    ])
    return [...own, ...others].sort((a, b) => a.worker - b.worker)
  }

  /** Something that another process has sent. */
  hear(from: number, content: unknown): void {
    const message = content as Content
    if (message.type === 'question') void this.#answer(from, message)
    else {
      const inquiry = this.#inquiries.get(message.id)
      if (!inquiry?.waiting.has(from)) return
      if (message.answers) inquiry.answers.push({ worker: from, answer: message.answer })
      settle(inquiry, from)
    }
  }

  async #answer(from: number, { id, topic, question }: Extract<Content, { type: 'question' }>): Promise<void> {
    const responder = this.#responders.get(topic) ?? (await this.#awaitResponder(topic))
    try {
      if (responder) this.#send(from, { type: 'answer', id, answers: true, answer: await responder(question) })
      else this.#send(from, { type: 'answer', id, answers: false })
    } catch {
      this.#send(from, { type: 'answer', id, answers: false })
    }
  }

  #awaitResponder(topic: string): Promise<Responder | null> {
    return new Promise((resolve) => {
      setTimeout(() => resolve(null), HELD_MS).unref()
      this.#held.set(topic, [...(this.#held.get(topic) ?? []), resolve])
    })
  }

  async #askSelf(topic: string, question: unknown, timeoutMs: number): Promise<SiblingAnswer[]> {
    const responder = this.#responders.get(topic)
    if (!responder) return []
    const late = Promise.withResolvers<SiblingAnswer[]>()
    const timer = setTimeout(() => late.resolve([]), timeoutMs)
    const own = async () => [{ worker: this.#worker, answer: await responder(question) }]
    try {
      return await Promise.race([own(), late.promise])
    } catch {
      return []
    } finally {
      clearTimeout(timer)
    }
  }

  async #askOthers(topic: string, question: unknown, timeoutMs: number): Promise<SiblingAnswer[]> {
    const others = this.#members.map(({ worker }) => worker).filter((worker) => worker !== this.#worker)
    if (others.length === 0) return []
    // Unlike any of who had this number before.
    const id = `${process.pid}-${++this.#lastId}`
    const done = Promise.withResolvers<void>()
    const inquiry: Inquiry = { waiting: new Set(others), answers: [], done: done.resolve }
    this.#inquiries.set(id, inquiry)
    const timer = setTimeout(done.resolve, timeoutMs)
    this.#send(0, { type: 'question', id, topic, question })
    await done.promise
    clearTimeout(timer)
    this.#inquiries.delete(id)
    return inquiry.answers
  }
}

function settle({ waiting, done }: Inquiry, worker: number): void {
  waiting.delete(worker)
  if (waiting.size === 0) done()
}
