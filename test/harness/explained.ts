import assert from 'node:assert/strict'
import type { ShownRequest } from '../../src/control/admin/requests.ts'
import { until } from './until.ts'

/** What `GET /tyk/requests` answers of the gateway at a port. */
export async function shownRequests(port: number, query = 'limit=1000'): Promise<ShownRequest[]> {
  const headers = { 'X-Tyk-Authorization': 'test-secret' }
  const response = await fetch(`http://127.0.0.1:${port}/tyk/requests?${query}`, { headers })
  assert.equal(response.status, 200, `the status of /tyk/requests?${query}`)
  const { requests } = (await response.json()) as { requests: ShownRequest[] }
  return requests
}

/** The newest request that the gateway has kept, once it is another than `before`. */
export async function newestRequest(port: number, before: string | undefined): Promise<ShownRequest> {
  return await until('a request to be kept', async () => {
    const [newest] = await shownRequests(port, 'limit=1')
    return newest?.id === before ? null : newest
  })
}

/** The steps of a request, a line each: `> pre Plugin: skipped (plugin_threw)`, with `> ` for each step that it ran inside of. */
export function stepLines({ steps = [] }: ShownRequest): string[] {
  return steps.map(({ depth, phase, name, outcome, code }) => {
    return `${'> '.repeat(depth)}${phase} ${name}: ${outcome}${code === undefined ? '' : ` (${code})`}`
  })
}
