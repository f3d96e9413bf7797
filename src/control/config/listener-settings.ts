import { Networks } from '../../request/address/networks.ts'
import type { ListenerOptions } from '../../request/listener/listener.ts'
import type { Config } from './schema.ts'

/** What of the configuration a listener goes by. */
export function listenerSettings({
  http_server_options: options,
}: Config): Pick<ListenerOptions, 'limits' | 'timeouts' | 'proxies'> {
  return {
    limits: {
      headerSize: options.max_header_size,
      headerCount: options.max_header_count,
      requestBody: options.max_request_body_size,
      responseBody: options.max_response_body_size,
      connections: options.max_connections,
    },
    timeouts: { read: options.read_timeout * 1000, write: options.write_timeout * 1000 },
    proxies: { networks: new Networks(options.trusted_proxies), depth: options.xff_depth },
  }
}
