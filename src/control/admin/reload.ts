import * as z from 'zod'
import { isFailure, textOf } from '../../errors.ts'
import type { ReloadReport } from '../reload.ts'
import { okAnswer, statusSchema } from './answers.ts'
import { type Answer, type Endpoint, endpoint, text } from './endpoint.ts'

export interface ReloadTools {
  /** Reloads, or waits for the reload that does the same; rejects if the old state goes on serving. */
  reload(): Promise<ReloadReport>
  /** Asks every gateway of the fleet to reload; rejects if they cannot be reached. */
  reloadGroup(): Promise<void>
}

const reportSchema = statusSchema.extend({
  failed: z
    .array(z.strictObject({ file: z.string(), error: z.string(), kept: z.boolean().describe('The version before it serves on') }))
    .optional()
    .describe('Definitions and policies that did not load'),
  quarantined: z
    .array(z.strictObject({ file: z.string(), field: z.string(), reason: z.string() }))
    .optional()
    .describe('Plugins that did not load, whose requests get 500'),
})

const tag = 'reload'

/** `/tyk/reload`. */
export function reloadEndpoints({ reload, reloadGroup }: ReloadTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/tyk/reload',
      summary: 'Load definitions, policies and plugins anew',
      tag,
      query: z.object({ block: text('Heeded in every form: the answer always waits for the reload') }),
      responses: {
        200: { description: 'The reload is done', schema: reportSchema },
        500: { description: 'Nothing was reloaded', schema: statusSchema },
      },
      handle: () => orError(async () => reloadAnswer(await reload())),
    }),
    endpoint({
      method: 'get',
      path: '/tyk/reload/group',
      summary: 'Have every gateway on this store reload',
      tag,
      responses: {
        200: { description: 'They have been told', schema: statusSchema },
        500: { description: 'They cannot be reached', schema: statusSchema },
      },
      handle: () =>
        orError(async () => {
          await reloadGroup()
          return { status: 'ok', message: '' }
        }),
    }),
  ]
}

async function orError(reload: () => Promise<object>): Promise<Answer> {
  try {
    return okAnswer(await reload())
  } catch (error) {
    const isOfStore = isFailure(error) && error.status !== 500
    return { status: 500, body: { status: 'error', message: isOfStore ? error.client : textOf(error) } }
  }
}

function reloadAnswer({ failed, quarantined }: ReloadReport): object {
  const notLoaded = failed.map(({ file, kept }) => (kept ? `${file} (the version before it serves on)` : file))
  const plugins = quarantined.map(({ file, field }) => `${field} of ${file}`)
  const sentences = [
    ...(notLoaded.length > 0 ? [`Not loaded: ${notLoaded.join(', ')}`] : []),
    ...(plugins.length > 0 ? [`Plugins not loaded, whose requests get 500: ${plugins.join(', ')}`] : []),
  ]
  return {
    status: 'ok',
    message: sentences.join('; '),
    ...(failed.length > 0 && { failed: failed.map(({ file, error, kept }) => ({ file, error: textOf(error), kept })) }),
    ...(quarantined.length > 0 && { quarantined }),
  }
}
