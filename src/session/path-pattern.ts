import { compilePathRule } from '../request/rules/path-rule.ts'

/** Whether a text can be compiled as a path rule. */
export function isPathRule(text: string): boolean {
  try {
    compilePathRule(text)
    return true
  } catch {
    return false
  }
}
