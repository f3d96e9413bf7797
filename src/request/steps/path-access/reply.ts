import { textOf } from '../../../errors.ts'
import type { JsonPath } from '../../../json/json-path.ts'
import type { Exchange } from '../../chain/exchange.ts'
import { HeaderList } from '../../message/header-list.ts'
import { LazyResponse } from '../../message/lazy-response.ts'
import type { StepSource } from '../step-source.ts'
import type { MethodAction } from './schema.ts'

/** An answer that a definition has for a path. */
export interface Reply {
  readonly status: number
  readonly content: Buffer
  /** Names and values in turn. */
  readonly headers: readonly string[]
}

/** Reads the answer of a method; headers that cannot be sent are problems. */
export function readReply({ code, data, headers }: MethodAction, at: JsonPath, source: StepSource): Reply {
  const list = new HeaderList([])
  for (const [name, value] of Object.entries(headers)) {
    try {
      list.append(name, value)
    } catch (error) {
      source.problem([...at, 'headers', name], textOf(error))
    }
  }
  return { status: code, content: Buffer.from(data), headers: list.raw }
}

/** Ends a request with an answer of the definition's. */
export function reply(exchange: Exchange, { status, content, headers }: Reply): 'done' {
  const limit = exchange.api.maxPluginBody
  exchange
    .openDraft()
    .replace(new LazyResponse({ status, statusText: '', headers: new HeaderList([...headers]), content, limit }))
  return 'done'
}
