import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, longest first: begun last, one of these would keep everybody waiting at the end. */
const LONG = [
  "test/chaos/",
  "test/e2e/",
  "test/examples/",
  "test/docs/readme",
  "test/web/",
  "test/real/",
  "test/monitoring/",
  "test/editor/",
];

/** Begins with the tests that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONG.findIndex((part) => moduleId.includes(`/${part}`));
      return found < 0 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
