/*
 * Values that are credentials because of what they are called. They are held to be real only when they look it: names,
 * paths, identifiers and what stands for a credential to come are not.
 */

const PASSWORD_NAME = /(?:^|[._-]|(?<=[a-z]))(?:password|passwd|passphrase)$|[._-](?:pwd|pass)$/i;

/** `pgpassword` and its like, without anything between. */
const PASSWORD_ENDING = /(?:password|passwd|passphrase)$/i;

const TOKEN_NAME =
  /(?:^|[._-])(?:token|secret|apikey|api[._-]?key|access[._-]?key|secret[._-]?key|private[._-]?key|auth[._-]?key|signing[._-]?key|encryption[._-]?key|account[._-]?key|access[._-]?key[._-]?id|client[._-]?secret|credentials?)$/i;

/** `accessToken`, `clientSecret`. */
const TOKEN_CAMEL = /[a-z](?:Token|Secret|ApiKey|AccessKey|SecretKey|PrivateKey)$/;

/** Shorter ones are words. */
const PASSWORD_LENGTH_MIN = 6;

/** Shorter ones are names. */
const TOKEN_LENGTH_MIN = 14;

/** Bits a character: words and names have less, random letters and digits more. */
const TOKEN_ENTROPY_MIN = 3;

/** What kind of credential a name promises. */
export function credentialKind(name: string): "password" | "token" | undefined {
  if (PASSWORD_NAME.test(name) || PASSWORD_ENDING.test(name)) return "password";
  return TOKEN_NAME.test(name) || TOKEN_CAMEL.test(name) ? "token" : undefined;
}

/** Whether a value that is called a credential looks like a real one. */
export function looksReal(kind: "password" | "token", value: string): boolean {
  if (isStandIn(value) || isElsewhere(value)) return false;
  if (kind === "password") return value.length >= PASSWORD_LENGTH_MIN && isMixed(value) && !/\s/.test(value);
  if (value.length < TOKEN_LENGTH_MIN || !/^[\w+/=.~:!@#%^&*-]+$/.test(value)) return false;
  return /\d/.test(value) && /[A-Za-z]/.test(value) && !isWords(value) && entropy(value) >= TOKEN_ENTROPY_MIN;
}

const STAND_IN =
  /^(?:none|null|nil|undefined|empty|todo|tbd|default|true|false|yes|no|dummy|fake|test|testing|sample|pass|passwd|password|secret|token|key|required|optional|prompted|interactive|encrypted|disabled|enabled)\d?$|(?:^|[^a-z])(?:example|placeholder|redacted|change[-_ ]?(?:me|it|this)|replace[-_ ]?(?:me|it|this)|fill[-_ ]?(?:me|in)|your|my[-_ ](?:secret|token|password|key)|insert|dummy|todo|not[-_ ]?(?:a[-_ ]?)?(?:real|secret))(?:[^a-z]|$)/i;

/** Stands for a credential that somebody is to put in. */
function isStandIn(value: string): boolean {
  if (STAND_IN.test(value) || /^[<[{(*].*[>\]})*]$/.test(value)) return true;
  return new Set(value).size <= 3 || /(.)\1{4}/.test(value) || /^(?:0?123456789?0?|abcdef\w*)$/i.test(value);
}

/** Says where the credential is: a variable, a file, an address, a name in a vault. */
function isElsewhere(value: string): boolean {
  if (/^[$~/.%]|\$[({A-Za-z_]|`|^\w+:\/\/|^arn:/.test(value)) return true;
  if (/\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|env|gpg|enc|pub)$/i.test(value)) return true;
  if (/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(value)) return true;
  if (/^sha\d+[:-]/i.test(value) || /^\d{4}-\d{2}-\d{2}/.test(value) || /^v?\d+(\.\d+)+/.test(value)) return true;
  return /^[a-z][\w.-]*(?:[/:][\w.#-]+)+$/i.test(value) && isWords(value);
}

/** Letters alone that are longer than this are a word that nobody would write there but as a password. */
const LETTERS_MIN = 10;

/** Letters with digits, with signs that names don't have, small and large ones, or very many of them. */
function isMixed(value: string): boolean {
  if (/^[A-Za-z]+$/.test(value)) return value.length >= LETTERS_MIN || /[a-z][A-Z]/.test(value);
  return /[A-Za-z]/.test(value) && /[\d!@#%^&*()+=?§$€,;<>|~]/.test(value) && !/^[a-z]+[-_]\d{1,4}$/i.test(value);
}

/** Words and numbers, joined. */
function isWords(value: string): boolean {
  return value
    .split(/[-_./:#@]/)
    .every((part) => /^(?:[a-z]{0,24}|[A-Z]{0,24}|[A-Z][a-z]{1,24}|v?\d{1,8}|[a-z]{2,}\d{1,2})$/.test(part));
}

/** Bits a character, after Shannon. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
