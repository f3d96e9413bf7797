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
    try {
      await docker.getImage(tag).inspect()
    } catch (cause) {
      const missing = (cause as { statusCode?: number }).statusCode === 404
      const reason = missing ? `there is no image ${tag}; run \`npm run image:build\`` : `no Docker engine answers (${textOf(cause)})`
      throw new Error(reason, { cause })
    }
  }
}
