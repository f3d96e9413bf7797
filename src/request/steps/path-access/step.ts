import { failure } from '../../../errors.ts'
import type { Chain } from '../../chain/chain.ts'
import type { Exchange } from '../../chain/exchange.ts'
import type { Step, Verdict } from '../../chain/step.ts'
import type { StepKind } from '../step-kind.ts'
import { refuseVersion } from '../version/refuse-version.ts'
import { type AccessLists, readLists } from './read-lists.ts'
import { reply } from './reply.ts'
import { accessEntry, internalEntry, pathsFields } from './schema.ts'

/** Paths that are let in, kept out, open to everyone, or for loops only. */
export const pathAccess: StepKind = {
  key: 'path-access',
  fields: {
    paths: pathsFields,
    extendedPaths: { ignored: accessEntry, white_list: accessEntry, black_list: accessEntry, internal: internalEntry },
  },

  read(source) {
    const lists = readLists(source)
    return lists && (() => [new PathAccessStep(lists)])
  },
}

/** What counts first: internal, ignored, blocked, allowed. */
class PathAccessStep implements Step {
  readonly name = 'path access'
  readonly phase = 'path_access'
  readonly #lists: AccessLists

  constructor(lists: AccessLists) {
    this.#lists = lists
  }

  run(exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
    const { ignored, blocked, allowed, internal } = this.#lists
    if (exchange.rulePaths.crooked) return forbid(exchange)
    if (!exchange.looped && !internal.empty && internal.firstOfAny(exchange)) return forbid(exchange)

    const open = ignored.empty ? undefined : ignored.firstOfEvery(exchange)
    if (open === 'as-listed') return leaveOpen(exchange, chain, index)
    if (open) return reply(exchange, open)

    const block = blocked.empty ? undefined : blocked.firstOfAny(exchange)
    if (block) return block === 'as-listed' ? forbid(exchange) : reply(exchange, block)

    if (allowed.empty) return 'go-on'
    const allow = allowed.firstOfEvery(exchange)
    if (allow === undefined) return forbid(exchange)
    return allow === 'as-listed' ? 'go-on' : reply(exchange, allow)
  }
}

function forbid(exchange: Exchange): Verdict {
  return refuseVersion(exchange, failure('endpoint_forbidden', undefined))
}

function leaveOpen(exchange: Exchange, chain: Chain, index: number): Verdict | Promise<Verdict> {
  const running = chain.runWithoutSession(exchange, index + 1)
  return running ? running.then(() => 'done') : 'done'
}
