import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeOutput } from '../compiler/write-output.ts'
import { failure } from '../errors.ts'
import { parseArtifact } from '../plugin/artifact.ts'
import { signArtifact } from '../plugin/signing/sign-artifact.ts'
import { readArtifactFile } from './artifact-file.ts'
import type { Command } from './io.ts'
import { readArguments, tellFailure } from './plugin-arguments.ts'
import { readSignKey } from './sign-key.ts'

const USAGE =
  'usage: postern plugin sign FILE --key FILE   signs an artifact in place; POSTERN_SIGN_KEY_FILE may name the key instead'

/** `postern plugin sign`: signs an artifact without compiling or running it. A signature that was there is replaced. */
export const pluginSign: Command = async (args, io) => {
  try {
    const { path, values } = readArguments('plugin sign', args, { key: { type: 'string' } })
    const key = await readSignKey(values.key, io.env)
    if (key === null) throw failure('sign_key_missing', undefined)
    const signed = signArtifact(await readArtifactFile(path), key)
    // Whether it is whole is asked last: a broken signature is no reason not to replace it.
    const { stamp } = parseArtifact(signed, path)
    // A link stays one.
    const file = await realpath(path)
    await writeOutput(file, signed, dirname(file))
    io.out(`Signed "${stamp.name}" ${stamp.version} with the key ${key.id}: ${path}`)
    return 0
  } catch (error) {
    return tellFailure(error, USAGE, io)
  }
}
