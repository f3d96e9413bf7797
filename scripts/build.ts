/**
 * `npm run build`: what the images hold, in dist/gateway and dist/compiler. Each is bundled JavaScript, so that a start reads
 * a few files and no node_modules; the compiler has beside it what it hands to a plugin and the programs that it runs.
 * Both know the version, the commit (POSTERN_RELEASE=1 leaves it out) and the contract that they were built from.
 */
import { globSync } from 'node:fs'
import { cp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { join, relative } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { packagesOf } from '../src/compiler/packages.ts'
import { providedPackages } from '../src/compiler/toolchain.ts'
import { current, type Version } from '../src/version.ts'
import { fillCompileCache } from './fill-compile-cache.ts'

const root = join(import.meta.dirname, '..')
const modules = join(root, 'node_modules')

const version: Version = { ...current, build: process.env.POSTERN_RELEASE ? '' : current.build }

/** Programs of threads, which are started by the name of their file. */
const threads = {
  'isolation-worker': 'src/plugin/isolation/worker/main.ts',
  'sqlite-thread': 'src/store/sqlite/thread/main.ts',
  'analytics-thread': 'src/telemetry/analytics/sqlite/thread/main.ts',
  'bcrypt-worker': 'src/session/passwords/bcrypt-worker.ts',
}

/** Runs where the compiler image runs, and is not JavaScript: copied, not bundled. */
const programs = ['esbuild', 'typescript']

/** The gateway serves artifacts and makes none: its commands for plugin authors point at the compiler image. */
const withoutCompiler: Plugin = {
  name: 'without-compiler',
  setup({ onResolve }) {
    onResolve({ filter: /\/cli\/plugin-(init|build|test|dev)\.ts$/ }, () => ({
      path: join(root, 'src/cli/compiler-elsewhere.ts'),
    }))
  },
}

/**
 * Of undici what the gateway uses: its index also loads caches, mocks, web sockets and the fetch standard, which makes up more
 * than a third of what a start would read.
 */
const partOfUndici: Plugin = {
  name: 'part-of-undici',
  setup({ onResolve, onLoad }) {
    const namespace = 'part-of-undici'
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace }))
    onLoad({ filter: /.*/, namespace }, () => ({
      resolveDir: root,
      contents: `
        import api from 'undici/lib/api/index.js'
        import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
        import redirect from 'undici/lib/interceptor/redirect.js'
        export { default as Agent } from 'undici/lib/dispatcher/agent.js'
        export { default as Client } from 'undici/lib/dispatcher/client.js'
        export { default as Pool } from 'undici/lib/dispatcher/pool.js'
        export { default as buildConnector } from 'undici/lib/core/connect.js'
        export const interceptors = { redirect }
        Object.assign(Dispatcher.prototype, api)`,
    }))
  },
}

/**
 * Node's HTTP module without the web globals that it also exports: an import reads every export, and reading these loads a
 * second HTTP client, for some 60 ms of each start that nobody has any use for.
 */
const httpWithoutWebGlobals: Plugin = {
  name: 'http-without-web-globals',
  setup({ onResolve, onLoad }) {
    const namespace = 'http-without-web-globals'
    // What packages in CommonJS require, they read as they need it.
    onResolve({ filter: /^node:http$/ }, ({ kind }) => (kind === 'require-call' ? undefined : { path: 'node:http', namespace }))
    onLoad({ filter: /.*/, namespace }, () => {
      const names = Object.keys(http).filter((name) => !(name in globalThis))
      return { contents: `export const { ${names.join(', ')} } = process.getBuiltinModule('node:http')` }
    })
  },
}

/** What serves is a bundle of its own: in one with the other commands, what they have in common would make fifty files. */
const serveElsewhere: Plugin = {
  name: 'serve-elsewhere',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/serve\.ts$/ }, () => ({ path: './serve.js', external: true }))
  },
}

const lean = [partOfUndici, httpWithoutWebGlobals]

await buildGateway(join(root, 'dist/gateway'))
await buildCompiler(join(root, 'dist/compiler'))

async function buildGateway(folder: string): Promise<void> {
  const alone = Object.entries(threads).map(([name, file]) => ({ entryPoints: { [name]: file }, plugins: lean }))
  await bundle(folder, [
    { entryPoints: { postern: 'src/main.ts' }, plugins: [withoutCompiler, serveElsewhere, ...lean] },
    { entryPoints: { serve: 'src/cli/serve.ts' }, plugins: lean },
    ...alone,
  ])
  await fillCompileCache(folder)
}

async function buildCompiler(folder: string): Promise<void> {
  await bundle(folder, [
    {
      entryPoints: {
        postern: 'src/main.ts',
        ...threads,
        compiler: 'compiler-image/entry.ts',
        'verify-child': 'src/compiler/verify-child.ts',
        'test-register': 'src/testkit/register.ts',
        'test-gateway': 'src/testkit/gateway.ts',
        'test-plugin': 'src/testkit/plugin-module.ts',
      },
      external: programs,
      plugins: lean,
      define: { POSTERN_TOOLCHAIN: JSON.stringify('.') },
    },
  ])
  for (const name of [...providedPackages, ...programs.flatMap(withPlatformPackages)]) {
    await cp(await realpath(join(modules, name)), join(folder, 'node_modules', name), { recursive: true })
  }
  await cp(join(root, 'src/plugin/contract'), join(folder, 'contract'), { recursive: true })
  await cp(join(root, 'src/testkit/contract'), join(folder, 'test-contract'), { recursive: true })
  await cp(join(root, 'compiler-image/template'), join(folder, 'template'), { recursive: true })
}

async function bundle(outdir: string, parts: readonly BuildOptions[]): Promise<void> {
  await rm(outdir, { recursive: true, force: true })
  const metafiles = await Promise.all(parts.map((part) => bundlePart(outdir, part)))
  await writeFile(join(outdir, 'package.json'), '{ "type": "module" }\n')
  await writeFile(join(outdir, 'LICENSES.txt'), await licences(metafiles))
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs))
  const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0)
  console.log(`Built ${relative(root, outdir)} for ${version.version}: ${Math.round(bytes / 1024)} KB of JavaScript`)
}

async function bundlePart(outdir: string, { define, ...options }: BuildOptions): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    outdir,
    bundle: true,
    // Chunks that a command does not need are not read.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    // Names stay, so that stack traces can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // Packages in CommonJS call require for Node's own modules.
    banner: { js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);" },
    define: { POSTERN_VERSION: JSON.stringify(version), ...define },
    ...options,
    metafile: true,
  })
  return metafile
}

/** Both programs are native, in a package for the platform that npm has chosen. */
function withPlatformPackages(name: string): string[] {
  const scope = name.startsWith('@') ? name : `@${name}`
  return [name, ...globSync(`${scope}/*`, { cwd: modules })]
}

/** The licences of the packages that are bundled, which ask to be handed on with them. */
async function licences(metafiles: readonly Metafile[]): Promise<string> {
  const inputs = new Set(metafiles.flatMap(({ inputs }) => Object.keys(inputs)))
  const bundled = packagesOf([...inputs].filter((path) => path.startsWith('node_modules/')).map((path) => join(root, path)))
  const texts = bundled.map(async ({ folder, name, version, license }) => {
    const [file] = globSync('{LICENSE,LICENCE,license,licence}*', { cwd: folder })
    return `${name} ${version} (${license})\n\n${file ? await readFile(join(folder, file), 'utf8') : ''}`
  })
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n\n`)
}
