import { posix } from 'node:path'
import * as z from 'zod'
import { failure } from '../../errors.ts'
import { describeIssue, show } from '../../json/describe-issue.ts'
import { formatPath, type JsonObject, valueAt } from '../../json/json-path.ts'
import { parseJson } from '../../json/parse-json.ts'
import { entryNameProblem } from './entry-name.ts'
import { hookEntries } from './hook-entries.ts'

/** The name of a manifest in its bundle. */
export const MANIFEST = 'manifest.json'

/** What says what a bundle holds and where its plugins run. */
export interface Manifest {
  /** The files that belong to the bundle, in the order that checksums and signature are made in. */
  readonly fileList: readonly string[]
  /** What replaces the `custom_middleware` of a definition; `driver` is always inside. */
  readonly middleware: JsonObject
  /** MD5 of the files' contents in order, hexadecimal; '' if not given. */
  readonly checksum: string
  /** SHA-256 of the same bytes, hexadecimal; '' if not given. */
  readonly checksumSha256: string
  /** Signature over the same bytes, base64; '' if not given. */
  readonly signature: string
}

const text = z.string().default('')

const manifestSchema = z.looseObject({
  file_list: z.array(z.string()),
  custom_middleware: z.looseObject({ driver: text }),
  driver: text,
  checksum: text,
  checksum_sha256: text,
  signature: text,
})
type Fields = z.infer<typeof manifestSchema>

/** Says what is wrong with a `custom_middleware`, a line for each problem. */
export type CheckMiddleware = (middleware: JsonObject) => readonly string[]

/**
 * Reads a manifest. Whether the bundle has the checksums it names is not looked at.
 *
 * @param from how messages call it
 * @throws `json_invalid`, `bundle_manifest_invalid` with every problem
 */
export function parseManifest(json: string, from: string, checkMiddleware: CheckMiddleware): Manifest {
  const parsed = parseJson(json, from)
  const { data, error } = manifestSchema.safeParse(parsed)
  const problems = (error?.issues ?? []).map((issue) => {
    const found = describeIssue(issue, show(valueAt(parsed, issue.path)))
    return issue.path.length === 0 ? found : `${formatPath(issue.path)}: ${found}`
  })
  if (!data) throw failure('bundle_manifest_invalid', { manifest: from, problems })
  const manifest = manifestOf(data)
  problems.push(...fileProblems(data), ...hookProblems(manifest), ...driverProblems(data), ...proofProblems(data))
  problems.push(...checkMiddleware(manifest.middleware))
  if (problems.length > 0) throw failure('bundle_manifest_invalid', { manifest: from, problems })
  return manifest
}

function manifestOf(fields: Fields): Manifest {
  return {
    fileList: fields.file_list,
    middleware: { ...fields.custom_middleware, driver: fields.custom_middleware.driver || fields.driver },
    checksum: fields.checksum.toLowerCase(),
    checksumSha256: fields.checksum_sha256.toLowerCase(),
    signature: fields.signature,
  }
}

function fileProblems({ file_list: files }: Fields): string[] {
  return files.flatMap((name, i) => {
    const problem = ownNameProblem(name) ?? (files.indexOf(name) < i ? 'a name that is in the list already' : null)
    return problem === null
      ? []
      : [`file_list[${i}]: expected the relative path of a file in the bundle, found ${show(name)}: ${problem}`]
  })
}

function ownNameProblem(name: string): string | null {
  return name === MANIFEST ? 'the manifest itself, which does not belong in the list' : entryNameProblem(name)
}

function hookProblems({ middleware, fileList }: Manifest): string[] {
  return hookEntries(middleware).flatMap(({ field, path }) => {
    const name = posix.normalize(path)
    const problem = entryNameProblem(name)
    if (problem !== null) return [`${field}.path: expected a path in the bundle, found ${show(path)}: ${problem}`]
    if (fileList.some((file) => unversioned(file) === unversioned(name))) return []
    return [`${field}.path: expected a file of file_list, found ${show(path)}, which is not in it; add it`]
  })
}

/** `plugin_v1.2.3.js` is a build of `plugin.js` for one gateway version. */
function unversioned(file: string): string {
  return file.replace(/_v\d+\.\d+\.\d+(\.js)$/, '$1')
}

function driverProblems({ driver, custom_middleware: { driver: inner } }: Fields): string[] {
  if (driver === '' || inner === '' || driver === inner) return []
  return [`driver: found ${show(driver)}, but custom_middleware.driver is ${show(inner)}; name one driver`]
}

function proofProblems({ checksum, checksum_sha256: sha256, signature }: Fields): string[] {
  const problems = []
  if (checksum === '' && sha256 === '') {
    problems.push('checksum_sha256: expected it, or checksum, found neither; `postern bundle build` writes both')
  }
  if (checksum !== '' && !/^[0-9a-f]{32}$/i.test(checksum)) {
    problems.push(`checksum: expected an MD5 of 32 hexadecimal digits, found ${show(checksum)}`)
  }
  if (sha256 !== '' && !/^[0-9a-f]{64}$/i.test(sha256)) {
    problems.push(`checksum_sha256: expected a SHA-256 of 64 hexadecimal digits, found ${show(sha256)}`)
  }
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(signature)) problems.push(`signature: expected base64, found ${show(signature)}`)
  return problems
}
