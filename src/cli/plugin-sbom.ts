import { parseArtifact } from '../plugin/artifact.ts'
import { billOfMaterials } from '../plugin/sbom.ts'
import { readArtifactFile } from './artifact-file.ts'
import type { Command } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'

const USAGE = 'usage: postern plugin sbom FILE   prints what is bundled in an artifact, as CycloneDX 1.6 JSON'

/** `postern plugin sbom`: prints the bill of materials that an artifact carries. */
export const pluginSbom: Command = async (args, io) => {
  try {
    const { path } = readArguments('plugin sbom', args, {})
    const { stamp } = parseArtifact(await readArtifactFile(path), path)
    io.out(JSON.stringify(billOfMaterials(stamp), null, 2))
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}
