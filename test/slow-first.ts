import { BaseSequencer, type TestSpecification } from 'vitest/node';

const isSlow = (file: TestSpecification): boolean => file.moduleId.includes('/test/e2e/');

/** The browser tests mostly wait: started first, the others run beside them. */
export default class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
