import { demoPlant } from '#plants/demo.ts';
import { hostTimers } from '../ambient.ts';
import { LiveImage } from '../engines/process-image/process-image.ts';
import { createTagDictionary, type PlantDictionary } from '../modules/tags/dictionary.ts';
import type { HistoryReport } from '../modules/health/module.ts';
import { outletModule } from '../modules/outlet/module.ts';
import { tagsModule } from '../modules/tags/module.ts';
import { samplesModule } from '../modules/samples/module.ts';
import { trendsModule } from '../modules/trends/module.ts';
import type { Settings } from '../config.ts';
import type { History } from '../services.ts';
import { openHistory } from '../store/history/history.ts';
import type { Assembly } from './assembly.ts';

export interface Data {
  readonly dictionary: PlantDictionary;
  readonly history: History;
  readonly image: LiveImage;
}
interface AssembledData extends Data {
  readonly statistics: () => Promise<HistoryReport>;
}

/** Days, with the leap day. */
const YEAR = 366;

/** The tag dictionary, history, process image and what reads them. */
export async function assembleData(assembly: Assembly, settings: Settings): Promise<AssembledData> {
  const { clock, log, bus } = assembly.context;
  const dictionary = createTagDictionary(demoPlant);
  const { rawDays, rollupYears, counters } = settings.history;
  const history = assembly.stack.use(
    await openHistory({
      dir: settings.dataDir,
      clock,
      log,
      retention: { hist: rawDays, keep: counters.rawYears * YEAR, roll: rollupYears * YEAR },
      isCounter: (tag) => counters.measurands.includes(dictionary.tag(tag)?.measurand ?? ''),
    }),
  );
  const image = new LiveImage(bus, history.latest());
  await assembly.run(tagsModule, { image, dictionary });
  await assembly.run(trendsModule, { history, dictionary, season: settings.history.season, dataFolder: settings.dataDir });
  const outlet = await assembly.run(outletModule, { history, dictionary, timers: hostTimers, receiver: settings.history.outlet });
  await assembly.run(samplesModule, { history: outlet.history, image, dictionary });
  return { dictionary, history: outlet.history, image, statistics: () => history.statistics() };
}
