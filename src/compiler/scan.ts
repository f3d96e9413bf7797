import { isBuiltin } from 'node:module'
import { type CallExpression, type Expression, type Node, parse, type SpreadElement } from 'acorn'
import { ancestor } from 'acorn-walk'
import { importMetaOf } from './import-meta.ts'

/** Something in a bundle that may not work inside a gateway. */
export interface Finding {
  readonly kind: 'require' | 'dynamic' | 'internals' | 'import-meta'
  /** What is required or used. */
  readonly name: string
  /** Line from 1, column from 0. */
  readonly line: number
  readonly column: number
  /** Whether it is inside `try`: then its failure is expected. */
  readonly guarded: boolean
}

type Callee = CallExpression['callee']

/**
 * Finds what bundling has left over: requires that the loader will not answer, and uses of what an artifact does not
 * have. `require` is the real one: esbuild renames what a module has declared under that name.
 */
export function scan(code: string): Finding[] {
  const found: Finding[] = []
  const add = (kind: Finding['kind'], name: string, node: Node, ancestors: readonly Node[]) => {
    const { line, column } = node.loc?.start ?? { line: 1, column: 0 }
    found.push({ kind, name, line, column, guarded: isGuarded(ancestors) })
  }
  ancestor(parse(code, { ecmaVersion: 'latest', locations: true }), {
    CallExpression(node, _, ancestors) {
      const internal = internalOf(node.callee)
      if (internal !== null) add('internals', internal, node, ancestors)
      if (!isRequire(node.callee)) return
      const name = literal(node)
      if (name === null) add('dynamic', 'require', node, ancestors)
      else if (name !== 'postern/plugin' && !isBuiltin(name)) add('require', name, node, ancestors)
    },
    Identifier(node, _, ancestors) {
      const property = importMetaOf(node.name)
      if (property !== undefined) add('import-meta', property, node, ancestors)
    },
  })
  return found
}

/** `process.dlopen(…)` and its like. */
function internalOf(callee: Callee): string | null {
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier' || callee.object.name !== 'process') return null
  const { property } = callee
  const found = property.type === 'Identifier' && /^(dlopen|binding|_linkedBinding)$/.test(property.name)
  return found ? `process.${property.name}` : null
}

/** `require(…)` and `require.resolve(…)`. */
function isRequire(callee: Callee): boolean {
  if (callee.type === 'MemberExpression') {
    return isRequire(callee.object) && callee.property.type === 'Identifier' && callee.property.name === 'resolve'
  }
  return callee.type === 'Identifier' && callee.name === 'require'
}

function literal({ arguments: [argument] }: CallExpression): string | null {
  return isText(argument) ? argument.value : null
}

function isText(node: Expression | SpreadElement | undefined): node is Expression & { value: string } {
  return node?.type === 'Literal' && typeof node.value === 'string'
}

/** Whether the innermost function, up to the node itself, runs it inside the block of a `try` that catches. */
function isGuarded(ancestors: readonly Node[]): boolean {
  for (let depth = ancestors.length - 1; depth > 0; depth -= 1) {
    const node = ancestors[depth - 1] as Node & { block?: Node; handler?: Node | null }
    if (/Function/.test(node.type)) return false
    if (node.type === 'TryStatement' && node.handler && node.block === ancestors[depth]) return true
  }
  return false
}
