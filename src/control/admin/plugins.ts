import { z } from 'zod'
import type { ReportedPlugin } from '../plugin-report.ts'
import { errorDoc, okAnswer, refusal, statusSchema } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

export interface PluginTools {
  /** Every artifact that is loaded, or should be. */
  plugins(): readonly ReportedPlugin[]
  /** Closes the breaker of one use, or of every use of an artifact, by id; false if there is none of that id. */
  enablePlugin(id: string): Promise<boolean>
}

const useSchema = z.looseObject({
  id: z.string().describe('For `POST /tyk/plugins/{id}/enable`'),
  api_id: z.string(),
  hook: z.string(),
  name: z.string().describe('The exported function'),
  field: z.string().describe('Where the definition names it'),
  quarantined: z.string().optional().describe('Why its requests get 500; missing where it serves'),
})

const pluginSchema = z.looseObject({
  id: z.string().optional().describe('The first 12 digits of its digest; missing where nothing could be loaded'),
  path: z.string().describe('The file that definitions name'),
  state: z.enum(['serving', 'retiring', 'failed']),
  name: z.string().optional(),
  version: z.string().optional(),
  sha256: z.string().optional(),
  exports: z.array(z.string()).optional(),
  loaded_at: z.string().optional(),
  problem: z.strictObject({ reason: z.string(), since: z.string() }).optional(),
  used_by: z.array(useSchema),
})

const tag = 'plugins'

/** `/tyk/plugins`. */
export function pluginEndpoints({ plugins, enablePlugin }: PluginTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/plugins',
      summary: 'List the artifacts that are loaded, or should be',
      tag,
      responses: { 200: { description: 'The artifacts', schema: z.strictObject({ plugins: z.array(pluginSchema) }) } },
      handle: () => okAnswer({ plugins: plugins() }),
    }),
    endpoint({
      method: 'post',
      path: '/tyk/plugins/{id}/enable',
      summary: 'Have a plugin called again',
      tag,
      params: { id: 'Of one use of a plugin, or of an artifact' },
      responses: { 200: { description: 'It is called again', schema: statusSchema }, ...errorDoc('plugin_id_unknown') },
      async handle({ params: { id = '' } }) {
        return (await enablePlugin(id)) ? okAnswer({ status: 'ok', message: '' }) : refusal('plugin_id_unknown')
      },
    }),
  ]
}
