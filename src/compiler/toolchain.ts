import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What the compiler brings along: files that a plugin is checked against, bundled from and verified with. */
export interface Toolchain {
  /** Folder with the TypeScript of `postern/plugin`: `index.ts` and what it imports. */
  readonly contract: string
  /** A node_modules folder with hono, zod, @types/node, undici-types and @standard-schema, in the gateway's versions. */
  readonly packages: string
  /** Folder with the template of a plugin: `plugin/` for its author, `postern/` for its `.postern` folder. */
  readonly template: string
  /** TypeScript's native executable. */
  readonly tsc: string
  /** The program that loads an artifact in a process of its own: verify-child. */
  readonly verifier: string
  readonly testKit: TestKit
}

/** What the process of a plugin's tests runs. */
export interface TestKit {
  /** Folder with the TypeScript of `postern/test` at a desk: types, and no gateway. */
  readonly contract: string
  /** For `node --import`. */
  readonly register: string
  /** The module that is `postern/test` there. */
  readonly test: string
  /** The module that is `postern/plugin` there. */
  readonly plugin: string
}

/** Baked in by the image build: the folder of the toolchain, relative to the bundled program. */
declare const POSTERN_TOOLCHAIN: string | undefined

/** The packages a plugin may import without bringing them, and the types that the contract is written with. */
export const providedPackages = ['hono', 'zod', '@types/node', 'undici-types', '@standard-schema/spec'] as const

/** The toolchain of this program: a checkout's own files, or in an image the folder that its build has filled. */
export function toolchain(): Toolchain {
  return typeof POSTERN_TOOLCHAIN === 'undefined' ? ofCheckout() : ofImage(join(import.meta.dirname, POSTERN_TOOLCHAIN))
}

function ofCheckout(): Toolchain {
  const root = join(import.meta.dirname, '../..')
  return {
    contract: join(root, 'src/plugin/contract'),
    packages: join(root, 'node_modules'),
    template: join(root, 'compiler-image/template'),
    tsc: nativeTypeScript(join(root, 'package.json')),
    verifier: join(import.meta.dirname, 'verify-child.ts'),
    testKit: {
      contract: join(root, 'src/testkit/contract'),
      register: join(root, 'src/testkit/register.ts'),
      test: join(root, 'src/testkit/gateway.ts'),
      plugin: join(root, 'src/testkit/plugin-module.ts'),
    },
  }
}

function ofImage(folder: string): Toolchain {
  return {
    contract: join(folder, 'contract'),
    packages: join(folder, 'node_modules'),
    template: join(folder, 'template'),
    tsc: nativeTypeScript(join(folder, 'package.json')),
    verifier: join(folder, 'verify-child.js'),
    testKit: {
      contract: join(folder, 'test-contract'),
      register: join(folder, 'test-register.js'),
      test: join(folder, 'test-gateway.js'),
      plugin: join(folder, 'test-plugin.js'),
    },
  }
}

/** The executable lies in a package for the platform that only `typescript` itself depends on. */
function nativeTypeScript(from: string): string {
  const typescript = createRequire(from).resolve('typescript/package.json')
  const platform = createRequire(typescript).resolve(`@typescript/typescript-${process.platform}-${process.arch}/package.json`)
  return join(dirname(platform), 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc')
}
