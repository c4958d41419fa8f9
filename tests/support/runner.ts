import { type RunnerTestFile, TestRunner } from "vitest";

/** Where a test that fails once has failed: what was done twice, or what a hijacked model could do, shows itself now and then. */
const once = /[/\\]tests[/\\](crash|hijack)[/\\]|races/;

/** Vitest's own, with no second try for those. */
export default class Runner extends TestRunner {
  override onCollectStart(file: RunnerTestFile): void {
    if (once.test(file.filepath)) this.config.retry = 0;
    super.onCollectStart(file);
  }
}
