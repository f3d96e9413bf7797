import * as z from 'zod'
import { levels } from '../../log.ts'
import type { LogLevelTools } from '../log-level.ts'
import { errorDoc, okAnswer } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const level = z.enum(levels).describe('The least severe lines that are written')

const levelSchema = z.strictObject({
  status: z.literal('ok'),
  workers: z.array(z.strictObject({ worker: z.int().describe('The number of the process'), level })),
})

const changeSchema = z.strictObject({
  status: z.literal('ok'),
  message: z.string().describe('Says so if some processes did not answer'),
})

const path = '/tyk/log/level'
const tag = 'log'

/** `/tyk/log/level`. */
export function logLevelEndpoints({ logLevels, changeLogLevel }: LogLevelTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path,
      summary: 'Tell the level of the log',
      tag,
      responses: { 200: { description: 'That of every process', schema: levelSchema } },
      handle: async () => okAnswer({ status: 'ok', workers: await logLevels() }),
    }),
    endpoint({
      method: 'put',
      path,
      summary: 'Change the level of the log, until the gateway is started anew',
      tag,
      body: { schema: z.strictObject({ level }), malformed: 'log_level_invalid' },
      responses: {
        200: { description: 'It is changed', schema: changeSchema },
        ...errorDoc('log_level_invalid'),
      },
      async handle({ body }) {
        const { changed, of } = await changeLogLevel(body.level)
        const message = changed === of ? '' : `${of - changed} of ${of} processes did not answer`
        return okAnswer({ status: 'ok', message })
      },
    }),
  ]
}
