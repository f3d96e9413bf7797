import type { Config } from '../control/config/schema.ts'

/** How long what is left of a trial may take to end, in seconds. */
const GRACE_SECONDS = 1

/**
 * The configuration of a gateway that is there for one request: nothing in it runs by itself, and nobody gets into its admin
 * API. The connection is one in memory, which needs no TLS.
 */
export function trialConfig(config: Config): Config {
  return {
    ...config,
    secret: '',
    control_api_port: 0,
    http_server_options: { ...config.http_server_options, use_ssl: false, certificates: [], ssl_certificates: [] },
    uptime_tests: { ...config.uptime_tests, disable: true },
    watch_plugins: false,
    graceful_shutdown_timeout_duration: GRACE_SECONDS,
  }
}
