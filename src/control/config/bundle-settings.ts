import { join } from 'node:path'
import type { BundleSettings } from '../../plugin/bundle/settings.ts'
import type { Config } from './schema.ts'

/** Where bundles come from, and what they may be. */
export function bundleSettings(config: Config): BundleSettings {
  return {
    enabled: config.enable_bundle_downloader,
    baseUrl: config.bundle_base_url,
    insecureSkipVerify: config.bundle_insecure_skip_verify,
    timeoutMs: config.bundle_timeout * 1000,
    loadWaitMs: config.bundle_load_wait * 1000,
    publicKeyFile: config.public_key_path,
    folder: join(config.data_path, 'bundles'),
    maxSize: config.bundle_max_size,
    maxUnpackedSize: config.bundle_max_unpacked_size,
    maxFiles: config.bundle_max_files,
  }
}
