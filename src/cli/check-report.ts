import { isFailure, textOf } from '../errors.ts'
import type { Inspection } from '../plugin/inspect.ts'
import { display } from '../version.ts'

/** What one artifact is, in full. */
export function describeInspection(inspection: Inspection): string {
  const { artifact, gateway, refusal } = inspection
  if (artifact === null) return `${inspection.path}: broken`
  const { name, version, exports, packages, permissions, ...stamp } = artifact.stamp
  const exported = exports.map((one) => (one.kind === 'defined' ? `${one.name} (definePlugin)` : one.name))
  const bundled = packages.map((one) => `${one.name} ${one.version} (${one.license})`)
  const lines = [
    `"${name}" ${version}, its code unchanged since it was compiled`,
    `  built for: Postern ${display({ version: stamp.gateway, build: stamp.build })}, with Node ${stamp.node}`,
    `  exports: ${exported.join(', ')}`,
    `  packages: ${bundled.join(', ') || 'none'}`,
    `  signature: ${describeSignature(inspection)}`,
  ]
  if (Object.keys(permissions).length > 0) lines.push(`  permissions: ${JSON.stringify(permissions)}`)
  if (refusal === null) lines.push(`Postern ${display(gateway)} loads it`)
  return lines.join('\n')
}

function describeSignature({ keyId, signedBy }: Inspection): string {
  if (signedBy !== null) return `by the key ${signedBy}, verified`
  return keyId === null ? 'none' : `by the key ${keyId}, not verified`
}

const headings = ['', 'artifact', 'plugin', 'built for', 'signature']

/** Many artifacts, one a line, and how many of them were refused. */
export function tabulateInspections(inspections: readonly Inspection[]): string {
  const rows = [headings, ...inspections.map(rowOf)]
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const refused = inspections.filter(({ refusal }) => refusal !== null).length
  return [...lines, `artifacts: ${inspections.length}, refused: ${refused}`].join('\n')
}

function rowOf(inspection: Inspection): string[] {
  const { path, artifact, refusal } = inspection
  const result = refusal === null ? 'ok' : 'refused'
  if (artifact === null) return [result, path, '', '', '']
  const { name, version, gateway, build } = artifact.stamp
  return [result, path, `${name} ${version}`, display({ version: gateway, build }), describeSignature(inspection)]
}

/** The same for programs; its shape does not depend on what was found. */
export function inspectionsAsJson(inspections: readonly Inspection[], others: readonly string[]): string {
  const ok = inspections.length > 0 && inspections.every(({ refusal }) => refusal === null)
  return JSON.stringify({ ok, artifacts: inspections.map(asJson), not_artifacts: others }, null, 2)
}

function asJson(inspection: Inspection): object {
  const { path, gateway, artifact, keyId, signedBy, refusal } = inspection
  const stamp = artifact?.stamp
  return {
    path,
    ok: refusal === null,
    gateway: display(gateway),
    problem: refusal === null ? null : { code: isFailure(refusal) ? refusal.code : null, message: textOf(refusal) },
    name: stamp?.name ?? null,
    version: stamp?.version ?? null,
    built_for: stamp ? { gateway: stamp.gateway, build: stamp.build, node: stamp.node } : null,
    sha256: stamp?.sha256 ?? null,
    exports: stamp?.exports.map(({ name }) => name) ?? [],
    permissions: stamp?.permissions ?? {},
    signature: keyId === null ? null : { key_id: keyId, verified: signedBy !== null },
  }
}
