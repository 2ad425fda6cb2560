import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { aFolder, type EngineProcess, startEngine } from "../../support/engine-process.ts";
import { ROOT } from "../../support/repository.ts";

/*
 * The web page of a real daemon in a real browser.
 */

/** Where pictures of pages are left for people to look at. */
const PICTURES = join(ROOT, "reports/web");
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** Of what axe finds, this is let through. */
const HARMLESS = ["minor", "moderate"];

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const;

/** A daemon and a page of it. */
export interface Opened {
  readonly cwd: string;
  readonly url: string;
  readonly daemon: EngineProcess;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Asks the API without the page. */
  post(path: string, body?: object): Promise<Record<string, unknown>>;
  get<T>(path: string): Promise<T>;
  /** Leaves a picture of the page. What of it not everybody can read or reach, or does not fit, in a line each. */
  look(name: string): Promise<readonly string[]>;
}

export interface OpenOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly colorScheme?: "light" | "dark";
  readonly size?: keyof typeof SIZES;
  /** What is done in the folder before the daemon starts. */
  readonly prepare?: (cwd: string) => void;
  /** A daemon that is there already. */
  readonly daemon?: Pick<Opened, "cwd" | "url" | "daemon">;
}

/** A browser for the tests of a file. */
export function useBrowser(): (files: Readonly<Record<string, string>>, options?: OpenOptions) => Promise<Opened> {
  let browser: Browser;
  beforeAll(async () => {
    // The sandbox of Chromium does not work for root, which is who CI is.
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    mkdirSync(PICTURES, { recursive: true });
  });
  afterAll(async () => await browser.close());
  return async (files, options = {}) => {
    const served = options.daemon ?? (await serve(files, options));
    return await open(browser, served, options);
  };
}

async function serve(
  files: Readonly<Record<string, string>>,
  { env = {}, prepare = () => {} }: Pick<OpenOptions, "env" | "prepare">,
): Promise<Pick<Opened, "cwd" | "url" | "daemon">> {
  const cwd = aFolder({ "engine.yaml": "", ...files });
  prepare(cwd);
  const daemon = startEngine(["serve"], { cwd, env });
  await daemon.prints(/"url":"[^"]+"/);
  const url = /"url":"([^"]+)"/.exec(daemon.stdout)?.[1] ?? "";
  return { cwd, daemon, url };
}

async function open(
  browser: Browser,
  served: Pick<Opened, "cwd" | "url" | "daemon">,
  options: OpenOptions,
): Promise<Opened> {
  const { url, daemon, cwd } = served;
  const { colorScheme = "light", size = "wide", token } = options;
  const context = await browser.newContext({ colorScheme, viewport: SIZES[size], timezoneId: "UTC", baseURL: url });
  await context.addInitScript({ path: AXE });
  const page = await context.newPage();
  const strays: string[] = [];
  const troubles: string[] = [];
  // No request leaves the origin; nothing fails unseen, the policy of the page included.
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== url) strays.push(request.url());
  });
  page.on("pageerror", ({ message }) => troubles.push(message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      troubles.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect([strays, troubles]).toEqual([[], []]);
  });
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    await fetch(`${url}/api/v1${path}`, { headers, ...init });
  return {
    ...{ cwd, url, daemon, page, context },
    post: async (path, body = {}) =>
      (await (await ask(path, { method: "POST", body: JSON.stringify(body) })).json()) as Record<string, unknown>,
    get: async (path) => (await (await ask(path)).json()) as never,
    async look(name) {
      await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}-${size}.png`) });
      const width = await page.evaluate<number>("document.documentElement.scrollWidth");
      const fits = width <= SIZES[size].width;
      const wrong = [...(await findings(page)), ...(fits ? [] : [`it is ${width} pixels wide`])];
      return wrong.map((each) => `${name}, ${colorScheme}, ${size}: ${each}`);
    },
  };
}

/** What axe says is serious or critical, in a line each. */
async function findings(page: Page): Promise<readonly string[]> {
  const { violations } = await page.evaluate<{
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
    }[];
  }>("axe.run(document, { resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => !HARMLESS.includes(impact))
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.slice(0, 200)}`),
    );
}
