/** `npm run image:test`: runs the tests of the images, which `npm run image:build` must have built. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { textOf } from '../src/errors.ts'
import { current } from '../src/version.ts'

const root = join(import.meta.dirname, '..')

try {
  await requireImages()
  const files = globSync('test/image/*.test.ts', { cwd: root }).sort()
  const { status } = spawnSync(process.execPath, ['scripts/test.ts', ...files], { cwd: root, stdio: 'inherit' })
  process.exitCode = status ?? 1
} catch (error) {
  console.error(`Test the images failed: ${textOf(error)}`)
  process.exitCode = 1
}

async function requireImages(): Promise<void> {
  const docker = new Docker()
  for (const name of ['gateway', 'plugin-compiler']) {
    const tag = `postern/${name}:v${current.version}`
    const revision = await revisionOf(docker.getImage(tag), tag)
    if (revision === (current.build || 'unknown')) continue
    throw new Error(`${tag} was built from "${revision}", but this is "${current.build}"; run \`npm run image:build\``)
  }
}

async function revisionOf(image: Docker.Image, tag: string): Promise<string | undefined> {
  try {
    const { Config: config } = await image.inspect()
    return config.Labels?.['org.opencontainers.image.revision']
  } catch (cause) {
    const isMissing = (cause as { statusCode?: number }).statusCode === 404
    if (isMissing) throw new Error(`there is no image ${tag}; run \`npm run image:build\``, { cause })
    throw new Error(`no Docker engine answers (${textOf(cause)})`, { cause })
  }
}
