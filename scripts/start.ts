/** `npm start`: compiles the examples and serves them, in front of an echo upstream, until Ctrl-C. It needs no Docker. */
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { compile } from '../src/compiler/compile.ts'
import { loadConfig } from '../src/control/config/load.ts'
import { openEcho } from '../src/echo/open-echo.ts'
import { textOf } from '../src/errors.ts'
import { openGateway } from '../src/gateway.ts'

const examples = join(import.meta.dirname, '../examples')
const gatewayFolder = join(examples, 'gateway')

/** Where the definitions say that the echo upstream is: its name in compose.yaml. */
const ECHO_IN_COMPOSE = 'http://echo:8080/'

async function serveExamples(): Promise<void> {
  await compileExamples()

  await using opened = new AsyncDisposableStack()
  const echo = await openEcho({ port: 0 })
  opened.defer(() => echo.close())
  const definitions = opened.use(await mkdtempDisposable(join(tmpdir(), 'postern-start-')))
  await copyDefinitions(definitions.path, echo.url)

  const { PORT, ...env } = process.env
  const gateway = await openGateway({
    config: await loadConfig({
      file: join(gatewayFolder, 'gateway.conf'),
      env: {
        POSTERN_DATA_PATH: join(definitions.path, 'data'),
        ...env,
        POSTERN_APP_PATH: definitions.path,
        ...(PORT ? { POSTERN_LISTEN_PORT: PORT } : {}),
      },
    }),
  })
  opened.defer(() => gateway.close())

  console.log(welcome(gateway.url.replace(/\/$/, ''), echo.url))
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  console.log('\nStopping')
}

async function compileExamples(): Promise<void> {
  const plugins = join(gatewayFolder, 'plugins')
  await mkdir(plugins, { recursive: true })
  for (const entry of globSync('*/plugin.ts', { cwd: examples }).sort()) {
    const name = dirname(entry)
    await compile({ source: join(examples, name), output: join(plugins, `${name}.js`) })
    console.log(`Compiled examples/${entry}`)
  }
}

/** Copies the definitions, with the echo upstream where it is on this machine. */
async function copyDefinitions(folder: string, echoUrl: string): Promise<void> {
  for (const file of globSync(join(gatewayFolder, 'apps/*.json'))) {
    const text = await readFile(file, 'utf8')
    await writeFile(join(folder, basename(file)), text.replaceAll(ECHO_IN_COMPOSE, echoUrl))
  }
}

function welcome(gateway: string, echo: string): string {
  return `
The gateway listens on ${gateway}, the echo upstream behind it on ${echo}
It serves examples/gateway/apps with the plugins of examples/*/plugin.ts. Try:

  curl ${gateway}/my_api_name/get                             a plugin adds the header Foo: Bar
  curl '${gateway}/my_api_name/get?get_time=1'                a plugin answers in place of the upstream
  curl -i -H 'Authorization: abc' ${gateway}/my_auth_api/get  a plugin authenticates; any other key gets 403

Ctrl-C stops it.
`
}

try {
  await serveExamples()
} catch (error) {
  console.error(textOf(error))
  process.exitCode = 1
}
