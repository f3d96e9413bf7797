import type { UpstreamSettings } from '../../request/upstream/parts.ts'
import type { Config } from './schema.ts'

/** What of the configuration upstreams go by. */
export function upstreamSettings(config: Config): Omit<UpstreamSettings, 'log' | 'connect'> {
  const { disable, config: tests } = config.uptime_tests
  return {
    tls: config.upstreamTls,
    connectTimeoutMs: Math.min(config.proxy_connect_timeout, config.proxy_default_timeout) * 1000,
    discoveryIntervalMs: config.service_discovery.default_cache_timeout * 1000,
    uptime: disable ? null : { intervalMs: tests.time_wait * 1000, samples: tests.failure_trigger_sample_size },
  }
}
