import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pluginBuild } from '../../src/cli/plugin-build.ts'
import { pluginSbom } from '../../src/cli/plugin-sbom.ts'
import { runCompilerImage } from '../../src/compiler/image-entry.ts'
import { billOfMaterials } from '../../src/plugin/sbom.ts'
import { current } from '../../src/version.ts'
import { runCommand } from '../harness/run-command.ts'
import { artifactOf } from '../plugin/make-artifact.ts'
import { makeKeyPair } from '../signing/key-pair.ts'
import { fakePackage, pluginFolder } from './plugin-folder.ts'

const source = {
  'plugin.ts':
    "import { five } from '@acme/five'\nimport { six } from 'six'\nexport const A = () => new Response(String(five + six))\n",
  'package.json': { name: 'counter', version: '1.2.3' },
  ...fakePackage(
    '@acme/five',
    { 'index.js': 'exports.five = 5', 'index.d.ts': 'export const five: number' },
    { license: 'MIT OR ISC' },
  ),
  ...fakePackage(
    'six',
    { 'index.js': 'exports.six = 6', 'index.d.ts': 'export const six: number' },
    { version: '6.0.0+b', license: 'See LICENSE' },
  ),
}

test('sbom prints what is bundled as CycloneDX, and the same for the same artifact, signed or not', async () => {
  const folder = await pluginFolder(source)
  const file = join(folder, 'plugin.js')
  assert.equal((await runCommand(pluginBuild, [folder])).code, 0)
  const { code, out } = await runCommand(pluginSbom, [file])
  assert.equal(code, 0)
  const bill = JSON.parse(out)
  assertCycloneDx(bill)
  assert.deepEqual(bill.components, [
    {
      type: 'library',
      'bom-ref': 'pkg:npm/%40acme/five@1.0.0',
      group: '@acme',
      name: 'five',
      version: '1.0.0',
      licenses: [{ expression: 'MIT OR ISC' }],
      purl: 'pkg:npm/%40acme/five@1.0.0',
    },
    {
      type: 'library',
      'bom-ref': 'pkg:npm/six@6.0.0%2Bb',
      name: 'six',
      version: '6.0.0+b',
      licenses: [{ license: { name: 'See LICENSE' } }],
      purl: 'pkg:npm/six@6.0.0%2Bb',
    },
  ])
  const { component, tools } = bill.metadata
  assert.deepEqual([component.name, component.version], ['counter', '1.2.3'])
  assert.deepEqual(tools.components, [{ type: 'application', name: 'postern', version: current.version }])

  const { privateFile } = await makeKeyPair(await pluginFolder({}), 'release')
  assert.equal((await runCommand(pluginBuild, [folder, '--sign-key', privateFile])).code, 0)
  assert.equal((await runCommand(pluginSbom, [file])).out, out)
  const inImage = await runCommand((args, io) => runCompilerImage(args, io), ['sbom', 'plugin.js'], {
    PLUGIN_SOURCE_PATH: folder,
  })
  assert.equal(inImage.out, out)
})

test('artifacts that differ have bills with different serial numbers', () => {
  const serial = (name: string, code: string) => serialOf(billOfMaterials(artifactOf(code, { stamp: { name } }).stamp))
  const serials = [serial('a', '1\n'), serial('a', '2\n'), serial('b', '1\n')]
  assert.equal(new Set(serials).size, 3)
  assert.equal(serial('a', '1\n'), serials[0])
})

test('a bill is valid whatever packages say of themselves, and lists one that is bundled twice once', () => {
  const licenses = [
    'NOASSERTION',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE.md',
    '(MIT AND Zlib) OR GPL-2.0-only WITH Classpath-exception-2.0',
    '',
  ]
  const packages = ['x', 'x', ...licenses.keys()].map((name) => ({
    name: `p${name}`,
    version: '1.0.0',
    license: licenses[Number(name)] ?? 'MIT',
  }))
  const bill = billOfMaterials(artifactOf('1\n', { stamp: { packages } }).stamp) as Bill
  assertCycloneDx(bill)
  assert.deepEqual(
    bill.components.map(({ licenses }) => Object.keys(licenses?.[0] ?? {})[0]),
    ['expression', undefined, 'license', 'license', 'expression', undefined],
  )
})

test('sbom of what is no artifact fails', async () => {
  const folder = await pluginFolder(source)
  const { code, err } = await runCommand(pluginSbom, [join(folder, 'plugin.ts')])
  assert.equal(code, 1)
  assert.match(err, /its first line is no stamp/)
  await writeFile(join(folder, 'empty.js'), await readFile('/dev/null'))
  assert.equal((await runCommand(pluginSbom, [join(folder, 'empty.js')])).code, 1)
  assert.equal((await runCommand(pluginSbom, [])).code, 2)
})

interface Bill {
  readonly bomFormat: string
  readonly specVersion: string
  readonly serialNumber: string
  readonly version: number
  readonly metadata: { readonly component: Component; readonly tools: { readonly components: readonly Component[] } }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
}

interface Component {
  readonly type: string
  readonly 'bom-ref': string
  readonly name: string
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly name?: string } }[]
}

function serialOf(bill: object): string {
  return (bill as Bill).serialNumber
}

/** What the specification requires of the fields that are there. */
function assertCycloneDx(bill: Bill): void {
  assert.equal(bill.bomFormat, 'CycloneDX')
  assert.equal(bill.specVersion, '1.6')
  assert.match(bill.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.ok(bill.version >= 1)
  const all = [bill.metadata.component, ...bill.metadata.tools.components, ...bill.components]
  for (const { type, name, licenses = [] } of all) {
    assert.ok(['application', 'library'].includes(type))
    assert.notEqual(name, '')
    // Either one expression, or licences with a name.
    assert.ok(licenses.length <= 1)
    for (const { expression, license } of licenses) assert.equal(typeof (expression ?? license?.name), 'string')
  }
  const refs = [bill.metadata.component, ...bill.components].map((one) => one['bom-ref'])
  assert.equal(new Set(refs).size, refs.length, 'references are unique')
  for (const { ref, dependsOn = [] } of bill.dependencies) for (const one of [ref, ...dependsOn]) assert.ok(refs.includes(one))
}
