import { RE2JS } from 're2js'
import type { Config } from '../../control/config/schema.ts'

type Settings = Config['analytics_config']['normalise_urls']

/** A UUID, with or without dashes. */
const UUID = /[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}/gi
/** 26 digits of Crockford's base 32, the first of which leaves room for 128 bits. */
const ULID = /[0-7][\dA-HJKMNP-TV-Z]{25}/gi
const NUMBER = /\/\d+/g

/** Puts placeholders in place of what differs from request to request, so that paths can be counted together. */
export function pathNormaliser(settings: Settings): (path: string) => string {
  if (!settings.enabled) return (path) => path
  const custom = settings.custom_patterns.map((text) => RE2JS.compile(text))
  return (path) => {
    let written = path
    if (settings.normalise_uuids) written = written.replaceAll(UUID, '{uuid}')
    if (settings.normalise_ulids) written = written.replaceAll(ULID, '{ulid}')
    if (settings.normalise_numbers) written = written.replaceAll(NUMBER, '/{id}')
    for (const pattern of custom) written = pattern.matcher(written).replaceAll('{var}')
    return written
  }
}
