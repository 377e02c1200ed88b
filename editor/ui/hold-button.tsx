import type { JSX, ReactNode } from 'react';
import { useEffect, useRef, useState } from 'react';

const HOLD = 2000;

/** Acts only after being held for 2 s (pointer, Space or Enter), so that no single tap can trigger it. */
export function HoldButton({
  children,
  onHeld,
  disabled = false,
  testId,
}: {
  readonly children: ReactNode;
  readonly onHeld: () => void;
  readonly disabled?: boolean;
  readonly testId?: string;
}): JSX.Element {
  const [since, setSince] = useState<number>();
  const [share, setShare] = useState(0);
  const done = useRef(onHeld);
  useEffect(() => {
    done.current = onHeld;
  });
  useEffect(() => {
    if (since === undefined) return undefined;
    let frame = 0;
    const step = (): void => {
      const part = Math.min(1, (performance.now() - since) / HOLD);
      setShare(part);
      if (part < 1) {
        frame = requestAnimationFrame(step);
        return;
      }
      setSince(undefined);
      done.current();
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [since]);
  const begin = (): void => {
    if (!disabled) {
      setShare(0);
      setSince((held) => held ?? performance.now());
    }
  };
  const end = (): void => setSince(undefined);
  return (
    <button
      type="button"
      className="btn btn-danger hold"
      disabled={disabled}
      data-testid={testId}
      onPointerDown={begin}
      onPointerUp={end}
      onPointerLeave={end}
      onBlur={end}
      onKeyDown={(event) => {
        if (event.key !== ' ' && event.key !== 'Enter') return;
        event.preventDefault();
        begin();
      }}
      onKeyUp={end}
    >
      <i style={{ transform: `scaleX(${since === undefined ? 0 : share})` }} />
      <span>{children}</span>
    </button>
  );
}
