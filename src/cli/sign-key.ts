import { readKey, type SigningKey } from '../plugin/signing/key.ts'

/** The private key that artifacts are to be signed with: of the file that the option names, else POSTERN_SIGN_KEY_FILE; `null` where neither does. */
export async function readSignKey(option: string | undefined, env: NodeJS.ProcessEnv): Promise<SigningKey | null> {
  const file = option ?? env.POSTERN_SIGN_KEY_FILE
  return file ? await readKey(file, 'private') : null
}
