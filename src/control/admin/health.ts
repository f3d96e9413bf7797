import * as z from 'zod'
import { okAnswer, statusSchema } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

/** How the gateway is doing. */
export interface AdminStatus {
  /** Why no traffic should be sent here; `null` if it should. */
  readonly notReady: string | null
  /** Parts of the gateway by name, for instance the store. */
  readonly details?: Readonly<Record<string, ComponentStatus>>
}

const componentSchema = z.strictObject({
  status: z.enum(['pass', 'warn', 'fail']),
  output: z.string().exactOptional(),
  componentType: z.string().exactOptional().describe('For instance `datastore`'),
  time: z.string().describe('When it was looked at, ISO 8601'),
})

export type ComponentStatus = z.infer<typeof componentSchema>

const healthSchema = z.strictObject({
  status: z.enum(['pass', 'warn', 'fail']),
  version: z.string(),
  description: z.string(),
  details: z.record(z.string(), componentSchema).describe('The parts of the gateway'),
})

const readySchema = healthSchema.omit({ details: true }).extend({ output: z.string().exactOptional() })

export interface HealthTools {
  readonly version: { readonly version: string }
  status(): AdminStatus
}

const DESCRIPTION = 'Postern'
const tag = 'health'

/** `/hello` and `/ready`. */
export function healthEndpoints({ version: { version }, status }: HealthTools): Endpoint[] {
  return [
    endpoint({
      method: 'get',
      path: '/hello',
      summary: 'Tell how the gateway is doing',
      tag,
      responses: { 200: { description: 'How it is doing, well or not', schema: healthSchema } },
      handle() {
        const { details = {} } = status()
        return okAnswer({ status: overall(Object.values(details)), version, description: DESCRIPTION, details })
      },
    }),
    endpoint({
      method: 'get',
      path: '/ready',
      summary: 'Tell whether traffic should be sent here',
      tag,
      responses: {
        200: { description: 'It should', schema: readySchema },
        503: { description: 'It should not', schema: statusSchema },
      },
      handle() {
        const { notReady, details = {} } = status()
        if (notReady !== null) return { status: 503, body: { status: 'error', message: notReady } }
        const components = Object.values(details)
        const output = components.flatMap((component) => component.output ?? []).join(', ')
        const description = `${DESCRIPTION} is ready`
        return okAnswer({ status: overall(components), version, description, ...(output !== '' && { output }) })
      },
    }),
  ]
}

/** `fail` only if everything fails, as monitoring of the classic gateway expects. */
function overall(components: readonly ComponentStatus[]): ComponentStatus['status'] {
  if (components.every(({ status }) => status === 'pass')) return 'pass'
  return components.every(({ status }) => status === 'fail') ? 'fail' : 'warn'
}
