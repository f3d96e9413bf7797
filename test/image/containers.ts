import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import Docker from 'dockerode'
import { current } from '../../src/version.ts'

export const docker = new Docker()

export const images = {
  gateway: `postern/gateway:v${current.version}`,
  compiler: `postern/plugin-compiler:v${current.version}`,
} as const

export interface ContainerOptions {
  readonly image: string
  readonly args: readonly string[]
  /** `uid:gid`; the image's own user unless given. */
  readonly user?: string
  readonly host?: Docker.HostConfig
  /** The name that other containers on its networks know it by. */
  readonly alias?: string
  readonly env?: Readonly<Record<string, string>>
}

/** What a container has come to. */
export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a container to its end, and removes it. */
export async function runToEnd(options: ContainerOptions): Promise<Ended> {
  await using started = await create(options)
  const stream = await started.container.attach({ stream: true, stdout: true, stderr: true })
  const output = demultiplex(stream)
  await started.container.start()
  const { StatusCode: status } = (await started.container.wait()) as { StatusCode: number }
  return { status, ...(await output) }
}

/** A container that runs until it is disposed. */
export class RunningContainer implements AsyncDisposable {
  readonly container: Docker.Container
  readonly alias: string | undefined

  constructor(container: Docker.Container, alias?: string) {
    this.container = container
    this.alias = alias
  }

  /** What it has written so far. */
  async log(): Promise<string> {
    const written = await this.container.logs({ stdout: true, stderr: true })
    const { stdout, stderr } = await demultiplex(PassThrough.from([written]))
    return stderr + stdout
  }

  /** Runs a program inside. */
  async exec(...command: string[]): Promise<Ended> {
    const exec = await this.container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true })
    const output = await demultiplex(await exec.start({}))
    const { ExitCode: status } = await exec.inspect()
    return { status: status ?? -1, ...output }
  }

  /** Where a port of it is reached from this machine. */
  async urlOf(port: number): Promise<string> {
    const { NetworkSettings: settings } = await this.container.inspect()
    return `http://127.0.0.1:${settings.Ports[`${port}/tcp`]?.[0]?.HostPort}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.container.remove({ force: true, v: true })
  }
}

export async function start(options: ContainerOptions): Promise<RunningContainer> {
  const created = await create(options)
  try {
    await created.container.start()
    return created
  } catch (error) {
    await created[Symbol.asyncDispose]()
    throw error
  }
}

/** A network of its own for the containers of a test. */
export interface TestNetwork extends AsyncDisposable {
  readonly name: string
  /** Has a container on it besides those that it is on. */
  connect(container: RunningContainer): Promise<void>
  disconnect(container: RunningContainer): Promise<void>
}

/** @param purpose tells the networks of one test apart */
export async function openNetwork(purpose = 'test'): Promise<TestNetwork> {
  const name = `postern-${purpose}-${process.pid}`
  const network = await docker.createNetwork({ Name: name })
  return {
    name,
    async connect({ container, alias }) {
      await network.connect({ Container: container.id, ...(alias && { EndpointConfig: { Aliases: [alias] } }) })
    },
    async disconnect({ container }) {
      await network.disconnect({ Container: container.id })
    },
    [Symbol.asyncDispose]: () => network.remove(),
  }
}

async function create({ image, args, user, host, alias, env = {} }: ContainerOptions): Promise<RunningContainer> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: [...args],
    AttachStdout: true,
    AttachStderr: true,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...(user && { User: user }),
    ...(host && { HostConfig: host }),
    ...(alias && host?.NetworkMode && { NetworkingConfig: { EndpointsConfig: { [host.NetworkMode]: { Aliases: [alias] } } } }),
  })
  return new RunningContainer(container, alias)
}

async function demultiplex(stream: NodeJS.ReadableStream): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  docker.modem.demuxStream(stream, stdout, stderr)
  stream.on('end', () => {
    stdout.end()
    stderr.end()
  })
  const [out, err] = await Promise.all([text(stdout), text(stderr)])
  return { stdout: out, stderr: err }
}
