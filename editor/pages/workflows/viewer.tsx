import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import type { JSX } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { Text } from '#domain/text.ts';
import { type Translate, useT } from '../../i18n.ts';
import { useTheme } from '../../theme.ts';
import { token } from '../../ui/chart.tsx';
import { formatClock, formatTime } from '../../ui/format.ts';
import { Icon } from '../../ui/icons.tsx';
import { useNow } from '../../ui/now.ts';
import type { ClockMark, ElementMark } from './overlays.ts';
import './workflows.css';

export interface ViewerProps {
  readonly xml: string;
  readonly labels: Readonly<Record<string, Text>>;
  readonly marks?: readonly ElementMark[];
  readonly clocks?: readonly ClockMark[];
  readonly taken?: Readonly<Record<string, number>>;
}

interface Canvas {
  zoom(level: string | number, center?: string): number;
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
}
interface Overlays {
  add(id: string, type: string, overlay: { position: Record<string, number>; html: HTMLElement; show?: object }): string;
  clear(): void;
}
interface Registry {
  get(id: string): { businessObject: { $type: string }; host?: { id: string } } | undefined;
}

const MARKERS = ['is-active', 'is-completed', 'is-incident', 'is-terminated', 'is-taken'];

/** bpmn-js as an island: themed colours, live tokens, badges and clocks; the watermark corner stays free. */
export function BpmnViewer(props: ViewerProps): JSX.Element {
  const theme = useTheme();
  return <Island key={theme} {...props} />;
}

function Island({ xml, labels, marks = [], clocks = [], taken = {} }: ViewerProps): JSX.Element {
  const { t, pick } = useT();
  const box = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<NavigatedViewer>();
  const [fault, setFault] = useState<string>();
  const now = useNow();
  useEffect(() => {
    const container = box.current;
    if (!container) return undefined;
    let alive = true;
    const { fontFamily } = getComputedStyle(document.body);
    const made = new NavigatedViewer({
      container,
      textRenderer: { defaultStyle: { fontFamily, fontSize: 13 }, externalStyle: { fontFamily, fontSize: 13 } },
      bpmnRenderer: { defaultFillColor: token('--eq'), defaultStrokeColor: token('--eqs'), defaultLabelColor: token('--tx') },
    });
    made
      .importXML(localised(xml, labels, pick))
      .then(() => {
        if (!alive) return undefined;
        fit(made.get<Canvas>('canvas'));
        setViewer(made);
        setFault(undefined);
        return undefined;
      })
      .catch((error: unknown) => {
        if (alive) setFault(error instanceof Error ? error.message : String(error));
      });
    return () => {
      alive = false;
      setViewer(undefined);
      made.destroy();
    };
  }, [xml, labels, pick]);
  useEffect(() => {
    if (!viewer) return;
    const canvas = viewer.get<Canvas>('canvas');
    const overlays = viewer.get<Overlays>('overlays');
    const registry = viewer.get<Registry>('elementRegistry');
    overlays.clear();
    for (const mark of marks) {
      if (!registry.get(mark.element)) continue;
      for (const marker of MARKERS) canvas.removeMarker(mark.element, marker);
      canvas.addMarker(mark.element, `is-${mark.state}`);
      overlays.add(mark.element, 'state', { position: { top: -9, right: 9 }, html: badge(mark) });
      if (mark.state === 'completed' && registry.get(mark.element)?.businessObject.$type.endsWith('Task') === true)
        overlays.add(mark.element, 'when', {
          position: { bottom: -2, left: 0 },
          html: note(`${formatTime(mark.at, false)} ${mark.who ?? ''}`),
        });
    }
    for (const [flow, count] of Object.entries(taken)) if (count > 0 && registry.get(flow)) canvas.addMarker(flow, 'is-taken');
    for (const clock of clocks) {
      const marked = registry.get(clock.element);
      if (!marked) continue;
      const html = note('');
      html.className = 'bpmn-clock num';
      html.dataset['at'] = String(clock.at);
      writeClock(html, Date.now(), t);
      // Above the task whose time runs, as its title; a clock of its own stands above itself.
      overlays.add(marked.host?.id ?? clock.element, 'clock', { position: { top: -22, left: -2 }, html });
    }
  }, [viewer, marks, clocks, taken, t]);
  useEffect(() => {
    for (const html of box.current?.querySelectorAll<HTMLElement>('.bpmn-clock') ?? []) writeClock(html, now, t);
  }, [now, t]);
  return (
    <div className="bpmn-wrap">
      <div className="bpmn" ref={box} role="group" aria-label={t('workflows.diagram')} data-testid="bpmn" />
      {fault === undefined ? null : (
        <p className="bpmn-fault err" role="alert">
          {fault}
        </p>
      )}
      <div className="bpmn-tools">
        <button
          type="button"
          className="btn btn-icon"
          onClick={() => viewer && fit(viewer.get<Canvas>('canvas'))}
          aria-label={t('workflows.fit')}
          title={t('workflows.fit')}
        >
          <Icon name="mimic" size={16} />
        </button>
        <span className="bpmn-legend">
          <i className="done" /> {t('workflows.done')} <i className="act" /> {t('workflows.active')} <i /> {t('workflows.ahead')}
        </span>
      </div>
    </div>
  );
}

/** Whole diagram with some air: badges and labels stick out of their elements. */
function fit(canvas: Canvas): void {
  canvas.zoom(canvas.zoom('fit-viewport', 'auto') * 0.93, 'auto');
}

/** Names of the elements in the reader's language; ids are kept. */
function localised(xml: string, labels: Readonly<Record<string, Text>>, pick: (text: Text) => string): string {
  const parsed = new DOMParser().parseFromString(xml, 'text/xml');
  for (const [id, text] of Object.entries(labels)) {
    const element = parsed.querySelector(`[id="${CSS.escape(id)}"]`);
    // What has no name in the model has no place for one in the diagram.
    if (element?.hasAttribute('name') === true) element.setAttribute('name', pick(text));
  }
  return parsed.querySelector('parsererror') ? xml : new XMLSerializer().serializeToString(parsed);
}

function badge(mark: ElementMark): HTMLElement {
  const html = document.createElement('span');
  html.className = `bpmn-badge ${mark.state}`;
  html.textContent =
    mark.state === 'completed'
      ? mark.count > 1
        ? `✓${mark.count}`
        : '✓'
      : mark.state === 'incident'
        ? '!'
        : mark.state === 'active'
          ? '●'
          : '×';
  return html;
}

function writeClock(html: HTMLElement, now: number, t: Translate): void {
  const at = Number(html.dataset['at']);
  html.textContent = `${t(at > now ? 'tasks.left' : 'tasks.over')} ${formatClock(Math.abs(at - now))}`;
}

function note(text: string): HTMLElement {
  const html = document.createElement('span');
  html.className = 'bpmn-note num';
  html.textContent = text;
  return html;
}
