import type { Span } from "../text.ts";

/*
 * Credentials that can be told by their looks: their issuers give them a beginning and a length of their own, so that
 * they are found wherever they stand.
 */

interface Shape {
  /** "a GitHub token". */
  readonly what: string;
  /** With the flag `g`. The first group, where there is one, is the credential itself. */
  readonly pattern: RegExp;
}

const SHAPES: readonly Shape[] = [
  { what: "an AWS access key", pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b|\bAKIA[A-Z0-9]{9,12}EXAMPLE\b/g },
  { what: "a GitHub token", pattern: /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/g },
  { what: "a GitHub token", pattern: /\bgithub_pat_[A-Za-z0-9_]{36,255}\b/g },
  { what: "a GitLab token", pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{20,}/g },
  { what: "a Slack token", pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{20,}/g },
  { what: "a Slack app token", pattern: /\bxapp-\d-[A-Za-z0-9-]{20,}/g },
  { what: "a Slack webhook", pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/([A-Za-z0-9/]{20,})/g },
  { what: "a Discord webhook", pattern: /https:\/\/discord(?:app)?\.com\/api\/webhooks\/(\d{10,}\/[\w-]{40,})/g },
  { what: "a Stripe key", pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}\b/g },
  { what: "a Google API key", pattern: /\bAIza[\w-]{35}(?![\w-])/g },
  { what: "a Google OAuth secret", pattern: /\bGOCSPX-[\w-]{28}(?![\w-])/g },
  { what: "an Anthropic key", pattern: /\bsk-ant-[\w-]{24,}/g },
  { what: "an OpenAI key", pattern: /\bsk-(?:proj|svcacct|admin)-[\w-]{20,}/g },
  { what: "an OpenAI key", pattern: /\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b/g },
  { what: "a Hugging Face token", pattern: /\bhf_[A-Za-z]{30,}\b/g },
  { what: "an npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { what: "a PyPI token", pattern: /\bpypi-AgE[\w-]{50,}/g },
  { what: "a Docker Hub token", pattern: /\bdckr_pat_[\w-]{27}(?![\w-])/g },
  { what: "a DigitalOcean token", pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/g },
  { what: "a Databricks token", pattern: /\bdapi[a-f0-9]{32}(?:-\d)?\b/g },
  { what: "a SendGrid key", pattern: /\bSG\.[\w-]{16,32}\.[\w-]{16,64}(?![\w-])/g },
  { what: "a Twilio key", pattern: /\bSK[0-9a-f]{32}\b/g },
  { what: "a Telegram bot's token", pattern: /\b\d{8,10}:AA[\w-]{33}(?![\w-])/g },
  { what: "a Vault token", pattern: /\bhv[sbr]\.[\w-]{24,}/g },
  { what: "a Grafana token", pattern: /\bgl(?:c|sa)_[A-Za-z0-9+/=_]{32,}/g },
  { what: "an Azure storage key", pattern: /\bAccountKey=([A-Za-z0-9+/]{86}==)/g },
  { what: "an age key", pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/g },
  { what: "a JSON Web Token", pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/g },
  { what: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/g },
];

/** Every shape has one of these in it: most files have none, and cost one look. */
const ANY =
  /A[KSBC][IC]A|gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat)-|xox[abeoprs]-|xapp-|hooks\.slack|discord|[sr]k_(?:live|test)_|AIza|GOCSPX-|sk-|hf_|npm_|pypi-|dckr_pat_|_v1_|dapi|SG\.|SK[0-9a-f]|:AA|hv[sbr]\.|gl(?:c|sa)_|AccountKey=|AGE-SECRET|eyJ|PRIVATE KEY/;

export interface FoundCredential extends Span {
  readonly what: string;
}

/** The credentials of known looks in a text. */
export function knownCredentials(text: string): readonly FoundCredential[] {
  if (!ANY.test(text)) return [];
  return SHAPES.flatMap(({ what, pattern }) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const [whole, group] = match;
      const found = group ?? whole;
      const start = match.index + whole.indexOf(found);
      return isFiller(found) ? [] : [{ what, start, end: start + found.length }];
    }),
  );
}

/** Distinct characters that a real credential of 16 and more has at least. */
const DISTINCT_MIN = 7;

/** `ghp_xxxxxxxx…`, and what counts up: written to show where the real one goes. */
function isFiller(text: string): boolean {
  if (text.startsWith("-----")) return false;
  if (/(.)\1{5}/.test(text) || /0123456789|1234567890|abcdefghij/i.test(text)) return true;
  return new Set(text).size < DISTINCT_MIN;
}
