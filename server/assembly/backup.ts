import { resolve } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import { hostTimers } from '../ambient.ts';
import { millisOf, type Settings } from '../config.ts';
import { scheduleBackups, type BackupSchedule } from '../store/backup/schedule.ts';
import type { Assembly } from './assembly.ts';

/** The server's own backups, if the settings name a folder for them. */
export function assembleBackup({ context, stack }: Assembly, settings: Settings, metrics: Registry): BackupSchedule | undefined {
  const { folder, every, recipients } = settings.backup;
  if (folder === null) return undefined;
  const { clock, log } = context;
  const order = { dataDir: settings.dataDir, folder: resolve(folder), recipients };
  const schedule = stack.use(scheduleBackups({ order, every: millisOf(every), clock, log, timers: hostTimers }));
  const seconds = (): number => (schedule.state().lastAt ?? 0) / 1000;
  metrics.registerMetric(
    new Gauge({
      name: 'nuanliu_backup_last_seconds',
      help: 'Unix time of the newest backup since the start, 0 before the first',
      registers: [],
      collect() {
        this.set(seconds());
      },
    }),
  );
  return schedule;
}
