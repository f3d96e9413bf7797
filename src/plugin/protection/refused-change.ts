import { failure, textOf } from '../../errors.ts'

/** How V8 tells that an object cannot be changed. */
const REFUSALS =
  /^(Cannot assign to read only property|Cannot add property|Cannot redefine property|Cannot delete property|Cannot set property \S+ of .* which has only a getter|Cannot define property)|^\S+( \S+)? is not extensible$/

/** What was thrown, in words; and why, where a plugin tried to change what is not its own. */
export function reasonOf(thrown: unknown): string {
  const reason = textOf(thrown)
  return REFUSALS.test(reason) ? failure('shared_object_protected', { reason }).message : reason
}
