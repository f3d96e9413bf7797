/**
 * `npm run image:build`: builds both images, tagged v<version> and `local`, from this commit.
 *
 * BASE_IMAGE=… names another base image. Where the default one can neither be found nor pulled, an equal one is built from
 * Debian and npm packages (docker/base). POSTERN_RELEASE=1 builds a release: the version alone, without the commit, then says
 * what a plugin and a gateway must have in common.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../src/errors.ts'
import { current } from '../src/version.ts'

const root = join(import.meta.dirname, '..')

const OFFICIAL_BASE = 'node:26-bookworm-slim'
const LOCAL_BASE = 'postern/base:node26'

const images = [
  { name: 'postern/gateway', dockerfile: 'docker/Dockerfile' },
  { name: 'postern/plugin-compiler', dockerfile: 'compiler-image/Dockerfile' },
]

try {
  requireDocker()
  const base = chooseBase()
  withSiteCertificates(() => {
    for (const image of images) buildImage(image, base)
  })
  reportSizes(base)
} catch (error) {
  console.error(`Build the images failed: ${textOf(error)}`)
  process.exitCode = 1
}

function requireDocker(): void {
  if (ask('version', '--format', '{{.Server.Version}}') !== null) return
  throw new Error('no Docker engine answers `docker version`; install one, or start it, for instance with `dockerd`')
}

function chooseBase(): string {
  const { BASE_IMAGE: wanted } = process.env
  if (wanted) return wanted
  if (ask('image', 'inspect', OFFICIAL_BASE) !== null || ask('pull', '--quiet', OFFICIAL_BASE) !== null) return OFFICIAL_BASE
  console.log(`${OFFICIAL_BASE} cannot be pulled; an equal base image is used`)
  const found = ask('run', '--rm', '--pull', 'never', LOCAL_BASE, 'node', '--version')
  if (found !== process.version) run('docker/base/build.sh', [LOCAL_BASE])
  return LOCAL_BASE
}

function buildImage({ name, dockerfile }: (typeof images)[number], base: string): void {
  const { version, build } = current
  const tags = [`${name}:v${version}`, `${name}:local`]
  const values = {
    BASE_IMAGE: base,
    VERSION: version,
    REVISION: build || 'unknown',
    BUILD_ID: process.env.POSTERN_RELEASE ? '' : build,
  }
  run('docker', [
    ...['build', '--force-rm', '--file', dockerfile],
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    '.',
  ])
}

/** Where this machine needs certificates of its own to reach npm, the stage that runs `npm ci` needs them, too. */
function withSiteCertificates(action: () => void): void {
  const target = join(root, 'docker/site-ca.pem')
  const found = process.env.NODE_EXTRA_CA_CERTS ?? process.env.npm_config_cafile
  const copies = found !== undefined && existsSync(found) && !existsSync(target)
  if (copies) copyFileSync(found, target)
  try {
    action()
  } finally {
    if (copies) rmSync(target)
  }
}

/** What a docker command prints; `null` if it fails. */
function ask(...args: string[]): string | null {
  const { status, stdout } = spawnSync('docker', args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error(`\`${program} ${args[0]}\` ended with exit code ${status}`)
}

function reportSizes(base: string): void {
  const baseSize = sizeOf(base)
  for (const { name } of images) {
    const tag = `${name}:v${current.version}`
    console.log(`${tag}: ${megabytes(sizeOf(tag))}, of which ${megabytes(sizeOf(tag) - baseSize)} over ${base}`)
  }
}

function sizeOf(image: string): number {
  return Number(ask('image', 'inspect', '--format', '{{.Size}}', image))
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
