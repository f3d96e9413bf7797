import { errorDoc, okAnswer, refusal, statusSchema } from './answers.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

export interface CacheTools {
  /** Drops every response that is kept for an API. */
  clearCache(apiId: string): void | Promise<void>
}

/** `/tyk/cache`. */
export function cacheEndpoints({ clearCache }: CacheTools): Endpoint[] {
  return [
    endpoint({
      method: 'delete',
      path: '/tyk/cache/{api}',
      summary: 'Drop the responses that are kept for an API',
      tag: 'cache',
      params: { api: 'The `api_id`. It need not be loaded' },
      responses: { 200: { description: 'None is kept any more', schema: statusSchema }, ...errorDoc('cache_not_cleared') },
      async handle({ params: { api = '' } }) {
        try {
          await clearCache(api)
          return okAnswer({ status: 'ok', message: 'cache invalidated' })
        } catch {
          return refusal('cache_not_cleared')
        }
      },
    }),
  ]
}
