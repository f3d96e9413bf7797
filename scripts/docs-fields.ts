/** Writes docs/fields.md from the schemas of definitions: `node scripts/docs-fields.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { differentFields as different } from '../src/control/definition/different-fields.ts'
import { nestedFields, supportedFields as supported } from '../src/control/definition/schema.ts'
import { type UnsupportedFields, unsupportedFields as unsupported } from '../src/control/definition/unsupported-fields.ts'

const heading = `# Every field of a definition

Written by \`node scripts/docs-fields.ts\` from the schemas; a test compares the two. [definitions.md](definitions.md) and the pages of the features say
what the supported ones do.

- *supported*: does what its page says, and what it does in Tyk.
- *differs*: supported as well, but not quite what it is there; the pages and [differences.md](differences.md) say more.
- *refused*: not there yet. It keeps requests out, so a definition that turns it on is not served; turned off, or empty, it may stay.
- *ignored*: not there yet, of no effect, and warned about where it is turned on.
- *accepted*: says only how a field that is not there yet works, or is for other programs.

A field that is in no table is kept for plugins to read, and warned about.
`

const EFFECTS = { protects: 'refused', ignored: 'ignored', none: 'accepted' } as const

/** The text of docs/fields.md. */
export function fieldReference(): string {
  const sections = [
    table('Of the definition', supported.definition, unsupported.definition, different.definition),
    table('`definition`', supported.versioning, unsupported.versioning, different.versioning),
    ...[...nestedFields].map(([name, { shape }]) => table(`\`${name}\``, Object.keys(shape), refusedIn(name), differentIn(name))),
    table('`proxy`', supported.proxy, unsupported.proxy, different.proxy),
    table('`proxy.load_balancing`', supported.loadBalancing),
    table('`proxy.load_balancing.ejection`', supported.ejection),
    table('`proxy.retries`', supported.retries),
    table('`proxy.transport`', supported.transport, {}, different.transport),
    table('`proxy.service_discovery`', supported.serviceDiscovery, unsupported.serviceDiscovery),
    table('`uptime_tests`', supported.uptimeTests, unsupported.uptimeTests),
    table('An entry of `check_list` of `uptime_tests`', supported.uptimeCheck, unsupported.uptimeCheck),
    table('`version_data`', supported.versionData, unsupported.versionData),
    table('A version', supported.version, unsupported.version, different.version),
    table('`paths` of a version', supported.paths, unsupported.paths),
    table(
      '`extended_paths` of a version',
      [...supported.extendedPaths.keys()],
      unsupported.extendedPaths,
      different.extendedPaths,
    ),
    ...[...supported.extendedPaths]
      .filter(([, names]) => names.length > 0)
      .map(([section, names]) => table(`An entry of \`${section}\``, names)),
    table('`custom_middleware`', supported.middleware, unsupported.middleware, different.middleware),
    table('An entry of a hook', supported.hookEntry, unsupported.hookEntry, different.hookEntry),
    table('An entry of `traffic_logs`', supported.trafficLog, unsupported.hookEntry, different.hookEntry),
    table('`analytics_plugin`', supported.analyticsPlugin),
  ]
  return [heading, ...sections].join('\n')
}

/** By the name of the field. */
type Notes = Readonly<Record<string, string>>

function differentIn(object: string): Notes {
  const notes = Object.entries(different.nested).filter(([name]) => name.startsWith(`${object}.`))
  return Object.fromEntries(notes.map(([name, note]) => [name.slice(object.length + 1), note]))
}

/** Of an object's fields those that are known, and refused or of no effect. */
function refusedIn(object: string): UnsupportedFields {
  return unsupported.nested[object] ?? {}
}

function table(title: string, names: readonly string[], others: UnsupportedFields = {}, notes: Notes = {}): string {
  const supportedRows = [...new Set(names)]
    .filter((name) => !Object.hasOwn(others, name))
    .map((name) => ({ name, status: Object.hasOwn(notes, name) ? `differs: ${notes[name]}` : 'supported' }))
  const otherRows = Object.entries(others).map(([name, { effect }]) => ({ name, status: EFFECTS[effect] as string }))
  const rows = [...supportedRows, ...otherRows].sort((a, b) => (a.name < b.name ? -1 : 1))
  const lines = rows.map(({ name, status }) => `| \`${name}\` | ${status} |`)
  return `## ${title}\n\n| field | status |\n|---|---|\n${lines.join('\n')}\n`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/fields.md'), fieldReference())
