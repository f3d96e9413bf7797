import { LazyResponse } from '../../../request/message/lazy-response.ts'
import { type ContextOwner, PluginContext } from '../../context.ts'
import { type PluginOwner, runAs } from '../../owner.ts'
import { pluginLog } from '../../plugin-log.ts'
import { kindOf } from '../../plugin-step.ts'
import type { Outcome } from '../protocol.ts'
import { describeThrown } from '../thrown.ts'
import type { WorkerCall } from './worker-call.ts'
import type { WorkerUse } from './worker-uses.ts'

/** Runs a plugin's function, as the gateway's own step would, and tells what came of it. */
export async function runCall(call: WorkerCall, use: WorkerUse, owner: PluginOwner): Promise<Outcome> {
  const { exchange } = call
  const context = new PluginContext(exchange, contextOwner(use, owner))
  let failure: Outcome['failure'] = null
  try {
    const returned: unknown = await runAs(owner, use.handler, context as never, call.next)
    if (returned instanceof Response) exchange.openDraft().replace(returned)
    else if (returned !== undefined && returned !== null) failure = { returned: kindOf(returned) }
  } catch (thrown) {
    failure = await describeFailure(thrown, call)
  }
  return { changes: await call.takeChanges(), failure }
}

function contextOwner({ config, definition }: WorkerUse, { log }: PluginOwner): ContextOwner {
  return {
    config,
    definition,
    logFor: ({ api, requestId }) => pluginLog(log.child({ api_id: api.id, request_id: requestId })),
    waitUntil: (work) => void work.catch((thrown) => log.error({ err: thrown }, 'Work that the plugin left behind failed')),
  }
}

/** What the gateway throws in the plugin's place. */
async function describeFailure(thrown: unknown, call: WorkerCall): Promise<Outcome['failure']> {
  const description = describeThrown(thrown)
  const answer = answerOf(thrown)
  if (!answer) return { thrown: description }
  const { response, status } = answer
  const { draft, api } = call.exchange
  const taken = LazyResponse.from(response, api.maxPluginBody, draft.upstreamHeaders)
  return { thrown: description, status, answer: await call.describeResponse(taken) }
}

/** The response that an HTTPException carries, recognised by shape. What is thrown may be a trap. */
function answerOf(thrown: unknown): { status: number; response: Response } | null {
  try {
    const { status, getResponse } = thrown as { status?: unknown; getResponse?: unknown }
    if (typeof status !== 'number' || typeof getResponse !== 'function') return null
    const response: unknown = getResponse.call(thrown)
    return response instanceof Response ? { status, response } : null
  } catch {
    return null
  }
}
