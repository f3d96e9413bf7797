#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { type Command, type Io, processIo } from './cli/io.ts'
import { failure, isFailure, textOf } from './errors.ts'

interface Entry {
  readonly usage: string
  /** '' for what no person starts. */
  readonly summary: string
  /** Loads the command's code: `start` shall not load a compiler, `health` shall load next to nothing. */
  readonly load: () => Promise<Command>
}

const commands: Readonly<Record<string, Entry>> = {
  start: {
    usage: 'start [--conf FILE] [--no-supervisor] [--log-instrumentation]',
    summary: 'start the gateway',
    load: async () => (await import('./cli/start.ts')).start,
  },
  worker: {
    usage: 'worker [--conf FILE]',
    summary: '',
    load: async () => (await import('./cli/worker.ts')).worker,
  },
  store: {
    usage: 'store [--conf FILE]',
    summary: '',
    load: async () => (await import('./cli/store.ts')).store,
  },
  health: {
    usage: 'health [--url URL | --conf FILE]',
    summary: 'ask a running gateway whether it is ready',
    load: async () => (await import('./cli/health.ts')).health,
  },
  'config check': {
    usage: 'config check [--conf FILE]',
    summary: 'check the configuration, definitions, policies and plugins',
    load: async () => (await import('./cli/config-check.ts')).configCheck,
  },
  'config print': {
    usage: 'config print [--conf FILE] [--json]',
    summary: 'print the configuration as it takes effect, and where each value is from',
    load: async () => (await import('./cli/config-print.ts')).configPrint,
  },
  'config schema': {
    usage: 'config schema',
    summary: 'print the JSON Schema of gateway.conf',
    load: async () => (await import('./cli/config-schema.ts')).configSchemaCommand,
  },
  'plugin init': {
    usage: 'plugin init DIR',
    summary: 'write a new plugin to start from',
    load: async () => (await import('./cli/plugin-init.ts')).pluginInit,
  },
  'plugin build': {
    usage: 'plugin build DIR [-o FILE] [--sign-key FILE]',
    summary: 'compile a plugin, and sign it',
    load: async () => (await import('./cli/plugin-build.ts')).pluginBuild,
  },
  'plugin check': {
    usage: 'plugin check PATH [--gateway vX.Y.Z] [--public-key FILE]… [--bundle-key FILE] [--json]',
    summary: 'tell whether a gateway would load artifacts',
    load: async () => (await import('./cli/plugin-check.ts')).pluginCheck,
  },
  'plugin test': {
    usage: 'plugin test [DIR] [OPTION …]',
    summary: "run a plugin's tests in a gateway",
    load: async () => (await import('./cli/plugin-test.ts')).pluginTest,
  },
  'plugin dev': {
    usage: 'plugin dev DIR [--port PORT] [--upstream URL] [--hook HOOK] [--inspect[=PORT]]',
    summary: 'serve a plugin while you write it',
    load: async () => (await import('./cli/plugin-dev.ts')).pluginDev,
  },
  'plugin sign': {
    usage: 'plugin sign FILE --key FILE',
    summary: 'sign an artifact',
    load: async () => (await import('./cli/plugin-sign.ts')).pluginSign,
  },
  'plugin keygen': {
    usage: 'plugin keygen [-o NAME]',
    summary: 'make a pair of keys to sign artifacts with',
    load: async () => (await import('./cli/plugin-keygen.ts')).pluginKeygen,
  },
  'plugin sbom': {
    usage: 'plugin sbom FILE',
    summary: 'print the packages in an artifact as CycloneDX',
    load: async () => (await import('./cli/plugin-sbom.ts')).pluginSbom,
  },
  'bundle build': {
    usage: 'bundle build [-m FILE] [-o FILE] [-k FILE | -y]',
    summary: 'make a bundle of plugins from its manifest',
    load: async () => (await import('./cli/bundle-build.ts')).bundleBuild,
  },
  echo: {
    usage: 'echo [--port PORT] [--host ADDRESS]',
    summary: 'start an upstream that answers with what it was sent',
    load: async () => (await import('./cli/echo.ts')).echo,
  },
  version: {
    usage: 'version',
    summary: 'print the version',
    load: async () => (await import('./cli/version.ts')).version,
  },
}

// What V8 has made of this code when it was built (scripts/fill-compile-cache.ts), so that a start need not do it again.
const compileCache = join(import.meta.dirname, 'compile-cache')
if (existsSync(compileCache)) enableCompileCache({ directory: compileCache, portable: true })

// `npm run postern -- …` starts in the checkout; paths are meant from where it was called.
if (process.env.npm_lifecycle_event === 'postern' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
process.exit(await main(process.argv.slice(2), processIo))

async function main(args: readonly string[], io: Io): Promise<number> {
  const found = process.versions.node
  if (Number.parseInt(found, 10) < 26) {
    io.err(failure('node_too_old', { found }).message)
    return 1
  }
  try {
    return await run(args, io)
  } catch (error) {
    io.err(describe(error))
    return 1
  }
}

/** What the system refused says all in its message; the stack of anything else is for whoever mends Postern. */
function describe(error: unknown): string {
  if (isFailure(error) || !(error instanceof Error) || 'syscall' in error) return textOf(error)
  return String(error.stack)
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const [first = '', second = ''] = args
  if (['help', '--help', '-h'].includes(first)) {
    io.out(usageOfAll())
    return 0
  }
  const words = commands[`${first} ${second}`] ? 2 : 1
  const name = first === '--version' ? 'version' : args.slice(0, words).join(' ')
  const command = commands[name]
  if (!command) return refuseUnknown(args, io)
  const rest = args.slice(words)
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(`usage: postern ${command.usage}`)
    return 0
  }
  return runCommand(command, rest, io)
}

async function runCommand({ usage, load }: Entry, args: readonly string[], io: Io): Promise<number> {
  try {
    const command = await load()
    return await command(args, io)
  } catch (error) {
    if (!isFailure(error, 'usage_wrong')) throw error
    io.err(`${error.message}\nusage: postern ${usage}`)
    return 2
  }
}

async function refuseUnknown(args: readonly string[], io: Io): Promise<number> {
  const words = args.filter((arg) => !arg.startsWith('-'))
  if (words.length > 0) {
    const { closest } = await import('./control/closest.ts')
    const names = Object.keys(commands)
    const [one = '', two = ''] = words
    const meant = closest(`${one} ${two}`.trim(), names) ?? closest(one, names)
    io.err(failure('command_unknown', { name: words.slice(0, 2).join(' '), meant }).message)
  }
  io.err(usageOfAll())
  return 2
}

function usageOfAll(): string {
  const shown = Object.values(commands).filter(({ summary }) => summary !== '')
  const width = Math.max(...shown.map(({ usage }) => usage.length))
  const lines = shown.map(({ usage, summary }) => `  postern ${usage.padEnd(width)}  ${summary}`)
  return ['usage:', ...lines].join('\n')
}
