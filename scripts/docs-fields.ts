/** Writes docs/fields.md from the schemas of definitions: `node scripts/docs-fields.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { supportedFields as supported } from '../src/control/definition/schema.ts'
import { type UnsupportedFields, unsupportedFields as unsupported } from '../src/control/definition/unsupported-fields.ts'

const heading = `# Every field of a definition

Written by \`node scripts/docs-fields.ts\` from the schemas; a test compares the two. [definitions.md](definitions.md) and the pages of the features say
what the supported ones do.

- *supported*: does what its page says.
- *refused*: not there yet. It keeps requests out, so a definition that turns it on is not served; turned off, or empty, it may stay.
- *ignored*: not there yet, of no effect, and warned about where it is turned on.
- *accepted*: says only how a field that is not there yet works, or is for other programs.

A field that is in no table is kept for plugins to read, and warned about.
`

const EFFECTS = { protects: 'refused', ignored: 'ignored', none: 'accepted' } as const

/** The text of docs/fields.md. */
export function fieldReference(): string {
  const sections = [
    table('Of the definition', supported.definition, unsupported.definition),
    table('`proxy`', supported.proxy, unsupported.proxy),
    table('`proxy.load_balancing`', supported.loadBalancing, {}),
    table('`proxy.load_balancing.ejection`', supported.ejection, {}),
    table('`proxy.retries`', supported.retries, {}),
    table('`proxy.transport`', supported.transport, {}),
    table('`proxy.service_discovery`', supported.serviceDiscovery, unsupported.serviceDiscovery),
    table('`uptime_tests`', supported.uptimeTests, unsupported.uptimeTests),
    table('An entry of `check_list` of `uptime_tests`', supported.uptimeCheck, unsupported.uptimeCheck),
    table('`version_data`', supported.versionData, unsupported.versionData),
    table('A version', supported.version, unsupported.version),
    table('`paths` of a version', supported.paths, unsupported.paths),
    table('`extended_paths` of a version', [...supported.extendedPaths.keys()], unsupported.extendedPaths),
    ...[...supported.extendedPaths].map(([section, names]) => table(`An entry of \`${section}\``, names, {})),
    table('`custom_middleware`', supported.middleware, unsupported.middleware),
    table('An entry of a hook', supported.hookEntry, unsupported.hookEntry),
    table('An entry of `traffic_logs`', supported.trafficLog, unsupported.hookEntry),
    table('`analytics_plugin`', supported.analyticsPlugin, {}),
  ]
  return [heading, ...sections].join('\n')
}

function table(title: string, names: readonly string[], others: UnsupportedFields): string {
  const rows = [
    ...[...new Set(names)].map((name) => [name, 'supported'] as const),
    ...Object.entries(others).map(([name, { effect }]) => [name, EFFECTS[effect]] as const),
  ].sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = rows.map(([name, status]) => `| \`${name}\` | ${status} |`)
  return `## ${title}\n\n| field | status |\n|---|---|\n${lines.join('\n')}\n`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/fields.md'), fieldReference())
