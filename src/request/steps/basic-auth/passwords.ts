/** A password as a session has it (`basic_auth_data`). */
export interface StoredPassword {
  /** The password's hash; the password itself where `hash_type` is ''. */
  readonly password?: string | undefined
  readonly hash_type?: string | undefined
}

/** What checks passwords, away from the thread that serves requests where that takes long. */
export interface Passwords {
  /**
   * Whether a password is the stored one. A no takes as long where there is no such user as where the password is wrong, so
   * that nobody learns who has an account.
   *
   * @param stored `undefined` where there is no such user
   * @throws (or rejects with) `passwords_busy`
   */
  matches(password: string, stored: StoredPassword | undefined): boolean | Promise<boolean>
}

/** Whether checking it takes long enough to be worth remembering. */
export function isSlow({ hash_type: type = '', password = '' }: StoredPassword): boolean {
  return type === 'bcrypt' || (type === '' && isBcrypt(password))
}

/** Whether a text is a hash by bcrypt: `$2b$`, its cost, and 53 more characters. */
export function isBcrypt(text: string): boolean {
  return /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(text)
}
