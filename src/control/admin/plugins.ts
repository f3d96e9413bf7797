import * as z from 'zod'
import { failure } from '../../errors.ts'
import { stampSchema } from '../../plugin/stamp.ts'
import { uploadSchema } from '../../plugin/uploads/upload-table.ts'
import type { ReportedPlugin } from '../plugin-report.ts'
import type { PluginUploads } from '../plugin-uploads.ts'
import { changeDoc, changed, changeSchema, errorDoc, okAnswer, refusal, statusSchema } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

export interface PluginTools {
  /** Every artifact that is loaded, or should be. */
  plugins(): Promise<readonly ReportedPlugin[]>
  /** Closes the breaker of one use, or of every use of an artifact, by id; false if there is none of that id. */
  enablePlugin(id: string): Promise<boolean>
  /** What is uploaded. */
  readonly uploads: PluginUploads
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

const uploadedSchema = changeSchema.extend({
  action: z.enum(['added', 'modified']),
  upload: uploadSchema,
  stamp: stampSchema.loose(),
  active: z.boolean().describe('Whether all who use it at this gateway get this very artifact; false as long as nobody uses it'),
  used_by: z.array(useSchema),
})

const tag = 'plugins'

/** `/tyk/plugins`. */
export function pluginEndpoints(tools: PluginTools): Endpoint[] {
  return [...loadedEndpoints(tools), ...uploadEndpoints(tools.uploads)]
}

function loadedEndpoints({ plugins, enablePlugin, uploads }: PluginTools): Endpoint[] {
  const listSchema = z.strictObject({ plugins: z.array(pluginSchema), uploads: z.array(uploadSchema) })
  return [
    endpoint({
      method: 'get',
      path: '/tyk/plugins',
      summary: 'List the artifacts that are loaded, or should be',
      tag,
      responses: { 200: { description: 'The artifacts, and what is uploaded', schema: listSchema } },
      handle: async () => okAnswer({ plugins: await plugins(), uploads: uploads.all() }),
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

const storeErrors = errorDoc('upload_busy', 'upload_not_announced', 'store_away')

function uploadEndpoints(uploads: PluginUploads): Endpoint[] {
  const path = '/tyk/plugins/{name}'
  const params = { name: 'What definitions name it by, after `upload://`' }
  return [
    endpoint<never, Buffer>({
      method: 'put',
      path,
      summary: 'Upload an artifact, for every gateway on the store',
      tag,
      params,
      file: {
        description: 'A compiled plugin.js',
        largest: uploads.largest,
        tooLarge: () => failure('upload_too_large', { limit: uploads.largest }),
      },
      responses: {
        200: { description: 'It is stored, and in service where it is used', schema: uploadedSchema },
        ...errorDoc('upload_refused', 'upload_name_unfit'),
        ...errorDoc('upload_too_large'),
        ...errorDoc('uploads_exceeded'),
        ...errorDoc('upload_not_kept'),
        ...storeErrors,
      },
      async handle({ params: { name = '' }, body }) {
        return okAnswer({ key: name, status: 'ok', ...(await uploads.put(name, body)) })
      },
    }),
    endpoint({
      method: 'delete',
      path,
      summary: 'Delete an uploaded artifact that no API uses',
      tag,
      params,
      responses: {
        200: changeDoc('It is deleted'),
        ...errorDoc('upload_not_found'),
        ...errorDoc('upload_in_use'),
        ...storeErrors,
      },
      async handle({ params: { name = '' } }) {
        await uploads.delete(name)
        return changed({ key: name, action: 'deleted' })
      },
    }),
  ]
}
