import { failure, textOf } from '../../errors.ts'

/** How V8 tells that an object cannot be changed. */
const REFUSALS =
  /^(Cannot assign to read only property|Cannot add property|Cannot redefine property|Cannot delete property|Cannot set property \S+ of .* which has only a getter|Cannot define property)|^\S+( \S+)? is not extensible$/

/** Whether a text is what V8 says to who changes an object that is kept as it is. */
export function isRefusedChange(reason: string): boolean {
  return REFUSALS.test(reason)
}

/** What was thrown, in words; and why, where a plugin tried to change what is not its own. */
export function reasonOf(thrown: unknown): string {
  const reason = textOf(thrown)
  return isRefusedChange(reason) ? failure('shared_object_protected', { reason }).message : reason
}
