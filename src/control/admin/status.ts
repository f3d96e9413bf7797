import * as z from 'zod'
import { textOf } from '../../errors.ts'
import type { CompiledApi } from '../compile-api.ts'
import type { LoadedPolicies } from '../policy/load-policies.ts'
import type { ReloadReport } from '../reload.ts'
import { okAnswer } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

export interface StatusTools {
  /** What serves. */
  apis(): readonly CompiledApi[]
  policies(): LoadedPolicies
  /** What the last load made of the files. */
  report(): ReloadReport
  /** The processes that serve. */
  workers(): Promise<readonly z.infer<typeof workerSchema>[]>
}

const apiSchema = z.strictObject({
  api_id: z.string().optional().describe('Missing where the file does not tell'),
  name: z.string().optional(),
  listen_path: z.string().optional(),
  file: z.string(),
  state: z.enum(['loaded', 'kept', 'failed']).describe('`kept`: the file is wrong, and the version before it serves on'),
  error: z.string().optional().describe('Why the file did not load'),
  plugins_not_loaded: z.array(z.string()).optional().describe('Where the definition names plugins that did not load'),
})

const policySchema = z.strictObject({
  id: z.string().optional(),
  file: z.string(),
  state: z.enum(['loaded', 'failed']),
  kept: z.boolean().optional().describe('Whether the version before it is still applied'),
  error: z.string().optional(),
})

const workerSchema = z.strictObject({
  worker: z.int().describe('Its number, from 1; one that takes the place of another has its number'),
  pid: z.int(),
  started_at: z.string(),
  state: z.enum(['starting', 'serving', 'draining']),
  connections: z.int().describe('Of clients, open'),
  requests: z.int().describe('For APIs, under way'),
})

const statusSchema = z.strictObject({
  status: z.literal('ok'),
  apis: z.array(apiSchema),
  policies: z.array(policySchema),
  workers: z.array(workerSchema).describe('The processes that serve. One that hangs is missing'),
})

/** `/tyk/status`. */
export function statusEndpoints(tools: StatusTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/status',
      summary: 'Tell which definitions and policies are loaded, and why others are not',
      tag: 'status',
      responses: { 200: { description: 'Every file of the last load', schema: statusSchema } },
      async handle() {
        const workers = [...(await tools.workers())]
        return okAnswer({ status: 'ok', apis: statusOfApis(tools), policies: statusOfPolicies(tools), workers })
      },
    }),
  ]
}

function statusOfApis({ apis, report }: StatusTools): z.infer<typeof apiSchema>[] {
  const failures = report().failed.filter(({ kind }) => kind === 'definition')
  const failureOf = new Map(failures.map((failed) => [failed.file, failed]))
  const served = apis().map(({ api, file, uses }) => {
    const failed = failureOf.get(file)
    const missing = uses.filter(({ quarantined }) => quarantined !== null).map(({ field }) => field)
    return {
      api_id: api.id,
      name: api.name,
      listen_path: api.listenPath,
      file,
      state: failed ? ('kept' as const) : ('loaded' as const),
      ...(failed && { error: textOf(failed.error) }),
      ...(missing.length > 0 && { plugins_not_loaded: missing }),
    }
  })
  const files = new Set(served.map(({ file }) => file))
  const lost = failures
    .filter(({ file }) => !files.has(file))
    .map(({ file, apiId, error }) => {
      return { ...(apiId !== null && { api_id: apiId }), file, state: 'failed' as const, error: textOf(error) }
    })
  return [...served, ...lost].sort((a, b) => a.file.localeCompare(b.file))
}

function statusOfPolicies({ policies }: StatusTools): z.infer<typeof policySchema>[] {
  const { filed, failed } = policies()
  const loaded = [...filed.values()].map(({ policy, file }) => ({ id: policy.id, file, state: 'loaded' as const }))
  const lost = failed.map(({ file, error, kept }) => ({ file, state: 'failed' as const, kept, error: textOf(error) }))
  return [...loaded, ...lost].sort((a, b) => a.file.localeCompare(b.file))
}
