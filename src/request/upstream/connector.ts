import { buildConnector } from 'undici'
import type { Connect, ConnectionOptions } from './connections.ts'

/** How connections to an origin are opened. */
export function openConnector({ timeoutMs }: ConnectionOptions): Connect {
  return buildConnector({ timeout: timeoutMs, allowH2: false })
}
