import type { Exchange } from '../../chain/exchange.ts'
import { readRequestBody } from '../read-request-body.ts'
import type { DestinationPlan } from './destination.ts'
import { type Check, type Matching, matchBody, type Subject } from './matches.ts'

/** A condition under which a request goes elsewhere than the entry says. */
export interface Trigger {
  /** Whether one value is enough. */
  readonly any: boolean
  readonly checks: readonly Check[]
  /** What the body has to be; null if it does not matter. */
  readonly body: Matching | null
  readonly plan: DestinationPlan
}

/**
 * The first trigger that applies; undefined if none does. At once where no body has to be read.
 *
 * @throws what reading the body throws
 */
export function firstTrigger(triggers: readonly Trigger[], subject: Subject): Trigger | undefined | Promise<Trigger | undefined> {
  for (const [i, trigger] of triggers.entries()) {
    const settled = settledWithoutBody(trigger, subject)
    if (settled === true) return trigger
    if (settled === null) return readOn(triggers, i, subject)
  }
  return undefined
}

/** Goes on with a trigger that wants to know the body. */
async function readOn(triggers: readonly Trigger[], from: number, subject: Subject): Promise<Trigger | undefined> {
  const { body, ...trigger } = triggers[from] as Trigger
  const text = await bodyOf(subject.exchange)
  if (matchBody(body as Matching, text, subject.exchange)) return { body, ...trigger }
  return await firstTrigger(triggers.slice(from + 1), subject)
}

/** Whether a trigger applies; null if that depends on the body. Every value is looked at, for what it captures. */
function settledWithoutBody({ any, checks, body }: Trigger, subject: Subject): boolean | null {
  const results = checks.map((check) => check(subject))
  if (any) return results.includes(true) || (body ? null : false)
  if (results.includes(false)) return false
  return body ? null : true
}

async function bodyOf(exchange: Exchange): Promise<string> {
  return (await readRequestBody(exchange)).toString()
}
