import { inspect, types } from 'node:util'
import { type PosternError, textOf } from '../errors.ts'
import type { Logger } from '../log.ts'
import type { Artifact } from './artifact.ts'
import type { StackMapper } from './stack.ts'

/** Logs the error of a plugin, with its stack as lines of the plugin's own source. The request does not wait for it. */
export function reportFault(mapper: StackMapper, artifact: Artifact, log: Logger, error: PosternError, thrown: unknown): void {
  const write = (stack: string) => {
    log.error({ code: error.code, err: { type: typeOf(thrown), message: textOf(thrown), stack } }, error.message)
  }
  const raw = pluginPart(types.isNativeError(thrown) ? (thrown.stack ?? thrown.message) : inspect(thrown))
  mapper.map(artifact, raw).then(write, () => write(raw))
}

/** A stack down to the last frame of a plugin's: who called it is always the gateway. */
function pluginPart(stack: string): string {
  const lines = stack.split('\n')
  const last = lines.findLastIndex((line) => line.includes('postern:'))
  return last < 0 ? stack : lines.slice(0, last + 1).join('\n')
}

function typeOf(thrown: unknown): string {
  return types.isNativeError(thrown) ? thrown.name : typeof thrown
}
