import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { middlewareProblems } from '../control/definition/read-hooks.ts'
import { failure, textOf } from '../errors.ts'
import { type PackedBundle, packBundle } from '../plugin/bundle/pack.ts'
import type { Command, Io } from './io.ts'

const options = {
  manifest: { type: 'string', short: 'm', default: 'manifest.json' },
  output: { type: 'string', short: 'o', default: 'bundle.zip' },
  key: { type: 'string', short: 'k' },
  'skip-signing': { type: 'boolean', short: 'y', default: false },
} as const

/** `postern bundle build`: makes the zip of a bundle from its manifest, with checksums and, given a key, a signature. */
export const bundleBuild: Command = async (args, io) => {
  const { manifest, output, key = '', 'skip-signing': skipsSigning } = readOptions(args)
  if (key === '' && !skipsSigning && !(await confirmUnsigned(io))) return 1
  const bundle = await packBundle({ manifest, key: key || null, checkMiddleware: middlewareProblems })
  await write(bundle, output, manifest)
  const { fileList, checksumSha256, zip } = bundle
  io.out(`Wrote ${output} (${zip.length} bytes, ${key === '' ? 'not signed' : 'signed'}): ${fileList.join(', ')}`)
  io.out(`  checksum_sha256: ${checksumSha256}`)
  return 0
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw failure('usage_wrong', { command: 'bundle build', reason: textOf(error).split('. ')[0] ?? '' }, error)
  }
}

/** Asks whoever sits at the terminal. */
async function confirmUnsigned(io: Io): Promise<boolean> {
  if (!io.ask) throw failure('bundle_unsigned_unconfirmed', undefined)
  const answer = await io.ask('The bundle will not be signed. Go on? [y/N] ')
  const agreed = /^y(es)?$/i.test(answer.trim())
  if (!agreed) io.err('Nothing was written')
  return agreed
}

async function write({ zip, fileList }: PackedBundle, output: string, manifest: string): Promise<void> {
  const sources = [resolve(manifest), ...fileList.map((name) => resolve(dirname(manifest), name))]
  if (sources.includes(resolve(output))) throw failure('output_is_source', { path: output })
  const unfinished = join(dirname(output), `.${process.pid}.unfinished`)
  try {
    await mkdir(dirname(output), { recursive: true })
    await writeFile(unfinished, zip)
    await rename(unfinished, output)
  } catch (error) {
    throw failure('output_unwritable', { path: output, reason: textOf(error) }, error)
  }
}
