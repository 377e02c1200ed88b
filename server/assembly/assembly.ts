import type { Contract } from '#domain/contract.ts';
import type { ModuleContext, ModuleDefinition, RunningModule, ServedModule } from '../define-module.ts';

/** Starts modules one after the other and remembers what to serve and what to close, in reverse order. */
export class Assembly {
  readonly served: ServedModule[] = [];
  readonly context: ModuleContext;
  readonly stack: AsyncDisposableStack;

  constructor(context: ModuleContext, stack: AsyncDisposableStack) {
    this.context = context;
    this.stack = stack;
  }

  /** @returns the running module with the services that it gives */
  async run<C extends Contract, Needs extends object, Gives>(
    definition: ModuleDefinition<C, Needs, Gives>,
    needs: Needs,
  ): Promise<RunningModule<C> & Gives> {
    const running = await definition.start({ ...this.context, ...needs });
    this.stack.defer(async () => running[Symbol.asyncDispose]?.());
    const { name, contract } = definition;
    this.served.push({ name, contract, handlers: running.handlers, ...(running.topics ? { topics: running.topics } : {}) });
    return running;
  }
}
