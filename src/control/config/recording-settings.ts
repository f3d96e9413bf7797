import { Networks } from '../../request/address/networks.ts'
import type { RecordingSettings } from '../../request/chain/recording.ts'
import type { Config } from './schema.ts'

/** What is recorded of requests, whatever the API. */
export function recordingSettings({ enable_analytics: enabled, analytics_config: config }: Config): RecordingSettings {
  return {
    enabled,
    detailed: config.enable_detailed_recording,
    maxBody: config.max_recorded_body,
    ignored: new Networks(config.ignored_ips),
  }
}
