/**
 * `npm run image:build`: builds both images, tagged v<version> and `local`, from this commit.
 *
 * BASE_IMAGE=… names another base image. Where the default one can neither be found nor pulled, an equal one is built from
 * Debian and npm packages (docker/base). POSTERN_RELEASE=1 builds a release: the version alone, without the commit, then says
 * what a plugin and a gateway must have in common.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Docker from 'dockerode'
import { textOf } from '../src/errors.ts'
import { current } from '../src/version.ts'

const root = join(import.meta.dirname, '..')
const docker = new Docker()

const OFFICIAL_BASE = 'node:26-bookworm-slim'
const LOCAL_BASE = 'postern/base:node26'

const images = [
  { name: 'postern/gateway', dockerfile: 'docker/Dockerfile' },
  { name: 'postern/plugin-compiler', dockerfile: 'compiler-image/Dockerfile' },
]

try {
  await requireDocker()
  const base = await chooseBase()
  withSiteCertificates(() => {
    for (const image of images) buildImage(image, base)
  })
  await reportSizes(base)
} catch (error) {
  console.error(`Build the images failed: ${textOf(error)}`)
  process.exitCode = 1
}

async function requireDocker(): Promise<void> {
  try {
    await docker.ping()
  } catch (cause) {
    throw new Error(`no Docker engine answers (${textOf(cause)}); start one, for instance with \`dockerd\``, { cause })
  }
}

async function chooseBase(): Promise<string> {
  const { BASE_IMAGE: wanted } = process.env
  if (wanted) return wanted
  if ((await isPresent(OFFICIAL_BASE)) || canPull(OFFICIAL_BASE)) return OFFICIAL_BASE
  console.log(`${OFFICIAL_BASE} cannot be pulled; an equal base image is used`)
  if (!(await isPresent(LOCAL_BASE)) || nodeOf(LOCAL_BASE) !== process.version) {
    run(join(root, 'docker/base/build.sh'), [LOCAL_BASE])
  }
  return LOCAL_BASE
}

async function isPresent(image: string): Promise<boolean> {
  const found = await docker
    .getImage(image)
    .inspect()
    .catch(() => null)
  return found !== null
}

function canPull(image: string): boolean {
  return spawnSync('docker', ['pull', '--quiet', image], { stdio: 'ignore' }).status === 0
}

function nodeOf(image: string): string {
  return execFileSync('docker', ['run', '--rm', image, 'node', '--version'], { encoding: 'utf8' }).trim()
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

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) throw new Error(`\`${program} ${args[0]}\` ended with exit code ${status}`)
}

async function reportSizes(base: string): Promise<void> {
  const { Size: baseSize } = await docker.getImage(base).inspect()
  for (const { name } of images) {
    const tag = `${name}:v${current.version}`
    const { Size: size } = await docker.getImage(tag).inspect()
    console.log(`${tag.padEnd(34)} ${megabytes(size)}, of which ${megabytes(size - baseSize)} over ${base}`)
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
