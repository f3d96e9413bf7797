import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What a gateway finds on disk when it starts. */
export interface GatewayFiles {
  /** The definitions, by file name under `apps/`; a string is written as it is. */
  readonly definitions: Readonly<Record<string, object | string>>
  /** Compiled artifacts: where each is wanted, relative to the folder, and where it is. */
  readonly artifacts?: Readonly<Record<string, string>>
  /** Further files, by their names relative to the folder. */
  readonly files?: Readonly<Record<string, string>>
  /** Settings of gateway.conf apart from the defaults. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** A temporary folder that holds a gateway's configuration. */
export interface GatewayFolder extends AsyncDisposable {
  readonly path: string
  /** gateway.conf. */
  readonly config: string
  /** Writes a file, by its name relative to the folder. */
  writeFile(name: string, text: string): Promise<void>
  /** Writes `apps/<name>`. */
  writeDefinition(name: string, definition: object | string): Promise<void>
}

export async function makeGatewayFolder({
  definitions,
  artifacts = {},
  files = {},
  config = {},
}: GatewayFiles): Promise<GatewayFolder> {
  const path = await mkdtemp(join(tmpdir(), 'postern-gateway-'))
  const folder: GatewayFolder = {
    path,
    config: join(path, 'gateway.conf'),
    async writeFile(name, text) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), text)
    },
    async writeDefinition(name, definition) {
      await writeFile(join(path, 'apps', name), typeof definition === 'string' ? definition : JSON.stringify(definition, null, 2))
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
  await mkdir(join(path, 'apps'))
  const defaults = { listen_port: 0, secret: 'test-secret', app_path: 'apps', storage: { type: 'memory' } }
  await writeFile(folder.config, JSON.stringify({ ...defaults, ...config }, null, 2))
  for (const [name, text] of Object.entries(files)) await folder.writeFile(name, text)
  for (const [name, definition] of Object.entries(definitions)) await folder.writeDefinition(name, definition)
  for (const [name, artifact] of Object.entries(artifacts)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await copyFile(artifact, join(path, name))
  }
  return folder
}
