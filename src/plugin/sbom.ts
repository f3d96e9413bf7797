import { createHash } from 'node:crypto'
import { formatStamp } from './parse-stamp.ts'
import type { Stamp } from './stamp.ts'

type Package = Stamp['packages'][number]

/** One package in a bill of materials. Property names are the format's. */
interface Component {
  readonly type: 'application' | 'library'
  readonly 'bom-ref': string
  readonly group?: string
  readonly name: string
  readonly version: string
  readonly licenses?: readonly License[]
  readonly purl?: string
}

type License = { readonly expression: string } | { readonly license: { readonly name: string } }

/** An SPDX expression by its grammar; which ids exist is not looked up. */
const SPDX = /^\(*[A-Za-z0-9.+-]+\)*( (AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/

/**
 * The bill of materials of an artifact, as CycloneDX 1.6 JSON: what its stamp says and nothing else, so that the same artifact has the
 * same bill anywhere, signed or not.
 */
export function billOfMaterials(stamp: Stamp): object {
  const plugin = describePlugin(stamp)
  // A package may be there twice, in two folders.
  const libraries = new Map(stamp.packages.map(describePackage).map((one) => [one['bom-ref'], one]))
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumberOf(stamp),
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: 'postern', version: stamp.gateway }] },
      component: plugin,
    },
    components: [...libraries.values()],
    // Which package asked for which is not in the stamp; they all come with the plugin.
    dependencies: [
      { ref: plugin['bom-ref'], dependsOn: [...libraries.keys()] },
      ...[...libraries.keys()].map((ref) => ({ ref })),
    ],
  }
}

function describePlugin(stamp: Stamp): Component & { readonly properties: readonly object[] } {
  const { name, version, gateway, build, contract, node, source, sha256 } = stamp
  const facts = { gateway, build, contract, node, 'source-digest': source.digest, 'lockfile-digest': source.lockfile, sha256 }
  const properties = Object.entries(facts).filter(([, value]) => value !== '')
  return {
    type: 'application',
    'bom-ref': `plugin:${name}@${version}`,
    ...split(name),
    version,
    properties: properties.map(([fact, value]) => ({ name: `postern:${fact}`, value })),
  }
}

function describePackage({ name, version, license }: Package): Component {
  const purl = `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`
  const licenses = licensesOf(license)
  return { type: 'library', 'bom-ref': purl, ...split(name), version, ...(licenses && { licenses }), purl }
}

/** `@scope/name` has a group. */
function split(name: string): { group?: string; name: string } {
  const [, group, rest] = /^(@[^/]+)\/(.+)$/.exec(name) ?? []
  return group !== undefined && rest !== undefined ? { group, name: rest } : { name }
}

function licensesOf(license: string): readonly License[] | null {
  if (license === 'NOASSERTION' || license === '') return null
  return SPDX.test(license) && license !== 'UNLICENSED' ? [{ expression: license }] : [{ license: { name: license } }]
}

/** A UUID of version 8 (RFC 9562) from the digest of the stamp, which holds that of the code. */
function serialNumberOf(stamp: Stamp): string {
  const digest = createHash('sha256').update(formatStamp(stamp)).digest()
  digest[6] = ((digest[6] as number) & 0x0f) | 0x80
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80
  const hex = digest.toString('hex')
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
