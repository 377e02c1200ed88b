import { Link, useNavigate } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import { useMemo } from 'react';
import { useT } from '../../i18n.ts';
import { useTag } from '../../live.ts';
import { type AlarmItem, priorityOf, useAbnormal } from '../../ui/alarms.ts';
import { formatNumber, formatUnit } from '../../ui/format.ts';
import { isUnacknowledged, Mark } from '../../ui/mark.tsx';
import { useTagDefinition } from '../../ui/tags.ts';
import { useFreshness, useValueText } from '../../ui/value.tsx';
import { bindTag, type Mimic, type MimicSymbol, pipePath } from './model.ts';
import { BranchValve, Building, ControlValve, HeatExchanger, Pump, StationBody, fillOf } from './symbols.tsx';
import './mimic.css';

export interface PlayerProps {
  readonly mimic: Mimic;
  readonly asset: string;
  /** Opens the command dialog of a tag; without it values only link to their tag. */
  readonly onCommand?: (tag: string) => void;
  readonly highlight?: string | undefined;
}

/** Draws a mimic in SVG: printable, themed by tokens, each value a node of its own so that a sample moves nothing else. */
export function MimicPlayer({ mimic, asset, onCommand, highlight }: PlayerProps): JSX.Element {
  const { t, pick } = useT();
  const abnormal = useAbnormal();
  const paths = useMemo(() => mimic.pipes.map((pipe) => ({ d: pipePath(mimic, pipe), medium: pipe.medium })), [mimic]);
  return (
    <svg
      className="mimic"
      viewBox={`0 0 ${mimic.size[0]} ${mimic.size[1]}`}
      role="group"
      aria-label={t('mimic.label', { title: pick(mimic.title) })}
      data-testid="mimic"
      data-mimic={mimic.id}
    >
      {paths.map((pipe, i) => (
        <path key={i} d={pipe.d} className={`pipe ${pipe.medium}`} />
      ))}
      {mimic.symbols.map((symbol) => (
        <g key={symbol.id} transform={`translate(${symbol.x} ${symbol.y})`}>
          <SymbolView
            symbol={symbol}
            asset={asset}
            byTag={abnormal.byTag}
            byAsset={abnormal.byAsset}
            onCommand={onCommand}
            highlight={highlight}
          />
        </g>
      ))}
    </svg>
  );
}

interface SymbolProps {
  readonly symbol: MimicSymbol;
  readonly asset: string;
  readonly byTag: ReadonlyMap<string, AlarmItem>;
  readonly byAsset: ReadonlyMap<string, AlarmItem>;
  readonly onCommand: ((tag: string) => void) | undefined;
  readonly highlight: string | undefined;
}

function SymbolView(props: SymbolProps): JSX.Element | null {
  const { symbol, asset } = props;
  const { pick } = useT();
  const bound = (key: string): string | undefined => {
    const template = symbol.bind[key];
    return template === undefined ? undefined : bindTag(template, asset);
  };
  const state = useTag(bound('state'))?.value;
  switch (symbol.type) {
    case 'value':
      return <ValueSymbol {...props} tag={bound('value') ?? ''} command={bound('cmd')} />;
    case 'text':
      return (
        <text className={symbol.bold ? 'strong' : 'label'} y="12">
          {symbol.text ? pick(symbol.text) : ''}
        </text>
      );
    case 'plant':
      return <PlantSymbol symbol={symbol} tag={bound('value') ?? ''} state={state} alarm={props.byAsset.get(bound('asset') ?? '')} />;
    case 'station':
      return (
        <StationSymbol
          symbol={symbol}
          heat={bound('value') ?? ''}
          u1={bound('u1') ?? ''}
          u2={bound('u2') ?? ''}
          stopped={state === true}
          alarm={props.byAsset.get(bound('asset') ?? '')}
        />
      );
    case 'control-valve':
      return <ControlValve state={state} />;
    case 'branch-valve':
      return <BranchValve state={state} />;
    case 'pump':
      return (
        <g transform={`rotate(${symbol.rot})`}>
          <Pump state={symbol.bind['state'] === undefined ? true : state} />
        </g>
      );
    case 'hx':
      return <HeatExchanger />;
    case 'building':
      return <Building />;
    default:
      return null;
  }
}

/** Text of a live value inside the picture; stale is grey and italic, bad is struck. */
function LiveTspan({ tag, className = 'v' }: { readonly tag: string; readonly className?: string }): JSX.Element {
  const value = useTag(tag);
  const definition = useTagDefinition(tag);
  const text = useValueText();
  const freshness = useFreshness(value, definition?.every ?? 10);
  return (
    <>
      <tspan
        className={`${className}${freshness === 'stale' ? ' old' : ''}${value?.quality === 'bad' ? ' bad' : ''}`}
        data-testid={`live-value-${tag}`}
      >
        {text(value?.value, definition)}
      </tspan>
      {definition && definition.unit !== '' ? <tspan className="u"> {formatUnit(definition.unit)}</tspan> : null}
    </>
  );
}

function ValueSymbol({
  symbol,
  tag,
  command,
  byTag,
  onCommand,
  highlight,
}: SymbolProps & { readonly tag: string; readonly command: string | undefined }): JSX.Element {
  const { pick } = useT();
  const navigate = useNavigate();
  const alarm = byTag.get(tag);
  const label = symbol.text ? pick(symbol.text) : tag;
  const commands = command !== undefined && onCommand !== undefined;
  const act = (): void => (commands ? onCommand(command) : void navigate({ to: '/tags/$id', params: { id: tag } }));
  return (
    <a
      href={`/tags/${tag}`}
      className={`valuebox${alarm ? ` abn pr${alarm.priority}` : ''}${commands ? ' cmd' : ''}${highlight === tag ? ' here' : ''}`}
      aria-haspopup={commands ? 'dialog' : undefined}
      data-testid={commands ? `command-${command}` : `value-${tag}`}
      onClick={(event) => {
        event.preventDefault();
        act();
      }}
    >
      <rect className="hit" x="-4" y="-3" width="68" height="34" rx="3" />
      <text className="label" y="10">
        {label}
      </text>
      <text y="26">
        <LiveTspan tag={tag} />
      </text>
      {alarm ? (
        <g transform="translate(48 -6)">
          <Mark priority={priorityOf(alarm.priority)} blink={isUnacknowledged(alarm.state)} size={15} />
        </g>
      ) : null}
    </a>
  );
}

function PlantSymbol({
  symbol,
  tag,
  state,
  alarm,
}: {
  readonly symbol: MimicSymbol;
  readonly tag: string;
  readonly state: Parameters<typeof fillOf>[0];
  readonly alarm: AlarmItem | undefined;
}): JSX.Element {
  const { t, pick } = useT();
  return (
    <g className={alarm ? `abn pr${alarm.priority}` : ''}>
      <rect className="eq" width="132" height="60" rx="4" />
      <circle cx="117" cy="46" r="6" fill={fillOf(state)} stroke="var(--eqs)" />
      <text className="strong" x="10" y="19">
        {symbol.text ? pick(symbol.text) : ''}
      </text>
      <text className="label" x="10" y="34">
        {t(state === true ? 'mimic.running' : state === false ? 'mimic.standby' : 'mimic.unknown')}
      </text>
      <text x="10" y="51">
        <LiveTspan tag={tag} />
      </text>
      {alarm ? (
        <g transform="translate(110 4)">
          <Mark priority={priorityOf(alarm.priority)} size={16} />
        </g>
      ) : null}
    </g>
  );
}

interface StationProps {
  readonly symbol: MimicSymbol;
  readonly heat: string;
  readonly u1: string;
  readonly u2: string;
  readonly stopped: boolean;
  readonly alarm: AlarmItem | undefined;
}

/** One station of the network: exchanger, load, temperatures of its units, and below the mains what is wrong with it. */
function StationSymbol({ symbol, heat, u1, u2, stopped, alarm }: StationProps): JSX.Element {
  const { t, pick } = useT();
  const name = symbol.text ? pick(symbol.text) : symbol.id;
  return (
    <Link
      to="/m/$id"
      params={{ id: symbol.to ?? 'network' }}
      className={`stationbox${alarm ? ` abn pr${alarm.priority}` : ''}`}
      data-testid={`station-${symbol.to}`}
    >
      <rect className="hit" x="-28" y="-34" width="86" height="280" rx="4" />
      <text className="strong name" x="8" y="-18">
        {name}
      </text>
      <StationBody />
      <Row y={98} label="1#">
        <LiveTspan tag={u1} />
      </Row>
      <Row y={116} label="2#">
        <LiveTspan tag={u2} />
      </Row>
      <text x="8" y="138">
        <LiveTspan tag={heat} />
      </text>
      {stopped ? (
        <text className="strong" x="8" y="160">
          {t('mimic.stopped')}
        </text>
      ) : null}
      {alarm ? <Callout alarm={alarm} /> : null}
    </Link>
  );
}

function Row({ y, label, children }: { readonly y: number; readonly label: string; readonly children: ReactNode }): JSX.Element {
  return (
    <text x="8" y={y}>
      <tspan className="u">{label} </tspan>
      {children}
    </text>
  );
}

function Callout({ alarm }: { readonly alarm: AlarmItem }): JSX.Element {
  const { pick } = useT();
  const short = pick(alarm.label).split(' · ').at(-1) ?? '';
  return (
    <g className="callout">
      <circle className="ring" cy="52" r="23" />
      <path d="M28 148V258" />
      <rect x="-26" y="258" width="82" height="50" rx="3" />
      <text className="label" x="-20" y="274">
        {short.length > 7 && !/^[\x20-\x7e]+$/.test(short) ? `${short.slice(0, 6)}…` : short.length > 12 ? `${short.slice(0, 11)}…` : short}
      </text>
      <text className="v" x="-20" y="296">
        {typeof alarm.value === 'number' ? formatNumber(alarm.value, alarm.decimals ?? 2) : ''}
        <tspan className="u"> {formatUnit(alarm.unit ?? '')}</tspan>
      </text>
      <g transform="translate(38 250)">
        <Mark priority={priorityOf(alarm.priority)} blink={isUnacknowledged(alarm.state)} size={18} />
      </g>
    </g>
  );
}
