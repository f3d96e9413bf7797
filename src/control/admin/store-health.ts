import { failure } from '../../errors.ts'
import type { StoreStatus } from '../../store/status.ts'
import type { AdminStatus } from './health.ts'

/** One whose store serves nobody is not ready; one that makes do without it is. */
export function healthOf({ type, status, output }: StoreStatus, draining: boolean): AdminStatus {
  const { client: unavailable } = failure('store_unavailable', undefined)
  const notReady = draining ? 'Gateway is shutting down' : status === 'fail' ? (output ?? unavailable) : null
  const component = {
    status,
    ...(output !== undefined && { output }),
    componentType: 'datastore',
    time: new Date().toISOString(),
  }
  return { notReady, details: { [type === 'redis' ? 'redis' : 'store']: component } }
}
