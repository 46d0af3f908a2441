import {
  type Change,
  type DetectorObject,
  type DrawnParticle,
  type EventDisplay,
  etaPhiView,
  momentumAt,
  transverseView,
} from '@unfold-zoo/explore/view';
import { lineStyle } from '@unfold-zoo/report/plot';
import { useEffect, useRef } from 'preact/hooks';
import { Picture } from '../parts/picture.js';

interface EventDisplaysProps {
  readonly objects: readonly DetectorObject[];
  readonly cloud: readonly DrawnParticle[] | undefined;
  readonly truth: readonly DrawnParticle[] | undefined;
  readonly reach: number;
  /** Absent where the event cannot be changed. */
  readonly onChange: ((object: DetectorObject, change: Change) => void) | undefined;
}

/** The event along the beam, where objects can be dragged, and in pseudorapidity and azimuth. */
export function EventDisplays({ objects, cloud, truth, reach, onChange }: EventDisplaysProps) {
  const display = { objects, cloud, truth, reach };
  const along: EventDisplay = { ...display, title: 'The event seen along the beam' };
  const place = useRef<HTMLDivElement>(null);
  useDragging(place, objects, reach, onChange);
  if (objects.length === 0) return <p>No object of this event has a transverse momentum that could be drawn.</p>;
  return (
    <>
      <div class="panels">
        <div ref={place} class={onChange ? 'drag' : ''}>
          <Picture svg={transverseView(along)} caption={captionOf(onChange !== undefined)} />
        </div>
        <Picture
          svg={etaPhiView({ ...display, title: 'The event in pseudorapidity and azimuth' })}
          caption="Areas grow with transverse momentum. What has no direction along the beam is a dashed line."
        />
      </div>
      <p>
        <Key color="#0072b2" label="jet" />
        <Key color="#d55e00" label="b-tagged jet" />
        <Key color="#009e73" label="charged lepton" />
        <Key color="#444444" label="missing momentum (dashed)" />
      </p>
      {(cloud ?? truth) && (
        <p>
          {(cloud ?? truth ?? []).map(({ name, label }, i) => (
            <Key key={name} color={lineStyle(i).color} label={label} />
          ))}
          <span class="status">Points are drawn particles{truth && ', rings the true ones'}.</span>
        </p>
      )}
    </>
  );
}

function captionOf(canChange: boolean): string {
  const lengths = 'Lengths are transverse momenta in GeV.';
  return canChange ? `${lengths} Drag an object, or change its numbers below, and the posteriors follow.` : lengths;
}

function Key({ color, label }: { readonly color: string; readonly label: string }) {
  return (
    <span class="key">
      <i style={{ background: color }} />
      {label}
    </span>
  );
}

/** Lets a pointer take an object of the first picture to another transverse momentum and azimuth. */
function useDragging(
  place: { readonly current: HTMLDivElement | null },
  objects: readonly DetectorObject[],
  reach: number,
  onChange: EventDisplaysProps['onChange'],
): void {
  const latest = useRef({ objects, reach, onChange });
  latest.current = { objects, reach, onChange };
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let dragged: number | undefined;
    const grab = (event: PointerEvent): void => {
      const found = (event.target as Element).closest('[data-object]')?.getAttribute('data-object');
      if (found === null || found === undefined || !latest.current.onChange) return;
      dragged = Number(found);
      element.setPointerCapture(event.pointerId);
      event.preventDefault();
    };
    const move = (event: PointerEvent): void => {
      const object = dragged === undefined ? undefined : latest.current.objects[dragged];
      const picture = element.querySelector('svg');
      const screen = picture?.getScreenCTM();
      if (!object || !screen) return;
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(screen.inverse());
      latest.current.onChange?.(object, momentumAt(x, y, latest.current.reach));
    };
    const drop = (): void => {
      dragged = undefined;
    };
    element.addEventListener('pointerdown', grab);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', drop);
    element.addEventListener('pointercancel', drop);
    return () => {
      element.removeEventListener('pointerdown', grab);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', drop);
      element.removeEventListener('pointercancel', drop);
    };
  }, [place.current]);
}
