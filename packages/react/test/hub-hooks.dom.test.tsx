import { act, cleanup, render, renderHook } from '@testing-library/react';
import { lazy, type ReactNode, Suspense } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubError } from '@org/hub-core';
import {
  createHubHooks,
  HubProvider,
  type HubSnapshot,
  useHub,
  useHubEvent,
  useHubGroup,
  useHubMessage,
  useHubSnapshot,
} from '@org/hub-react';
import { createHubDouble, type HubDouble } from './hub-double.ts';

let hub: HubDouble;
const wrapper = ({ children }: { children: ReactNode }): ReactNode => (
  <HubProvider client={hub}>{children}</HubProvider>
);
const autoStarted = ({ children }: { children: ReactNode }): ReactNode => (
  <HubProvider client={hub} autoStart>
    {children}
  </HubProvider>
);
/** StrictMode at the very root: further down React does not mount twice. */
const strict = { wrapper: autoStarted, reactStrictMode: true };

beforeEach(() => {
  hub = createHubDouble();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('HubProvider', () => {
  it('starts nothing by itself', () => {
    render(<HubProvider client={hub} />).unmount();
    expect(hub.facts).toEqual([]);
  });

  it('with autoStart starts on mount, and stops a tick after unmount without disposing', () => {
    vi.useFakeTimers();
    const { unmount } = render(<HubProvider client={hub} autoStart />);
    expect(hub.facts).toEqual(['start']);
    unmount();
    expect(hub.facts).toEqual(['start']);
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'stop']);
  });

  it('is not stopped by StrictMode', () => {
    vi.useFakeTimers();
    const { unmount } = render(null, strict);
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'start']);
    unmount();
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'start', 'stop']);
  });

  it('is not stopped by a provider that another one replaces at once', () => {
    vi.useFakeTimers();
    const { rerender } = render(<HubProvider key="a" client={hub} autoStart />);
    rerender(<HubProvider key="b" client={hub} autoStart />);
    vi.runAllTimers();
    expect(hub.facts).toEqual(['start', 'start']);
  });

  it('leaves no rejection behind when the start fails', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    hub = createHubDouble(() => Promise.reject(new HubError('not-a-hub', 'No hub here.')));
    render(<HubProvider client={hub} autoStart />);
    // Node reports unhandled rejections once the microtasks are through.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('useHub', () => {
  it('returns the same client at each render', () => {
    const { result, rerender } = renderHook(() => useHub(), { wrapper });
    rerender();
    expect(result.current).toBe(hub);
  });

  it('without a provider throws an error that shows the fix', () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const attempt = (): unknown => renderHook(() => useHub());
    expect(attempt).toThrow(HubError);
    expect(attempt).toThrow('<HubProvider client={hub}>');
  });

  it('belongs to its set: two sets hold two hubs', () => {
    const other = createHubDouble();
    const others = createHubHooks();
    const { result } = renderHook(() => [useHub(), others.useHub()], {
      wrapper: ({ children }) => (
        <HubProvider client={hub}>
          <others.HubProvider client={other}>{children}</others.HubProvider>
        </HubProvider>
      ),
    });
    expect(result.current).toEqual([hub, other]);
  });
});

describe('useHubSnapshot', () => {
  it('shows the snapshot, and the next one', () => {
    const { result } = renderHook(() => useHubSnapshot(), { wrapper });
    expect(result.current).toBe(hub.getSnapshot());
    act(() => hub.show({ status: 'connected' }));
    expect(result.current).toBe(hub.getSnapshot());
  });

  it('renders again only when what the selector picks is another thing', () => {
    const rendered: string[] = [];
    renderHook(() => rendered.push(useHubSnapshot((snapshot) => snapshot.status)), { wrapper });
    act(() => hub.show({ attempt: 1 }));
    act(() => hub.show({ status: 'connecting' }));
    act(() => hub.show({ attempt: 2 }));
    expect(rendered).toEqual(['disconnected', 'connecting']);
  });

  it('bears an inline selector that makes a new object each time', () => {
    const { result } = renderHook(() => useHubSnapshot(({ status, gaps }) => ({ status, gaps })), { wrapper });
    act(() => hub.show({ gaps: 1 }));
    expect(result.current).toEqual({ status: 'disconnected', gaps: 1 });
  });

  it('uses the selector of the latest render', () => {
    const { result, rerender } = renderHook(
      ({ field }: { field: keyof HubSnapshot }) => useHubSnapshot((s) => s[field]),
      { wrapper, initialProps: { field: 'status' } },
    );
    rerender({ field: 'gaps' });
    expect(result.current).toBe(0);
  });

  it('hydrates what the server rendered, however far the client has come meanwhile', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    const Status = (): ReactNode => <p>{useHubSnapshot((snapshot) => snapshot.status)}</p>;
    const page = (
      <HubProvider client={hub} autoStart>
        <Status />
      </HubProvider>
    );
    const container = document.createElement('div');
    container.innerHTML = renderToString(page);
    expect(container.textContent).toBe('disconnected');
    expect(hub.facts).toEqual([]);

    hub.show({ status: 'connected' });
    const root = await act(async () => hydrateRoot(container, page));
    expect(container.textContent).toBe('connected');
    expect(complaints).not.toHaveBeenCalled();
    act(() => root.unmount());
  });
});

describe('useHubMessage and useHubEvent', () => {
  it('calls the latest handler and does not subscribe again', () => {
    const heard: string[] = [];
    const { rerender } = renderHook(
      ({ by }) => useHubMessage('Message', (text: string) => heard.push(`${by}: ${text}`)),
      {
        wrapper,
        initialProps: { by: 'first' },
      },
    );
    hub.receive('Message', 'one');
    rerender({ by: 'second' });
    hub.receive('Message', 'two');
    expect(heard).toEqual(['first: one', 'second: two']);
    expect(hub.facts).toEqual(['on Message']);
  });

  it('subscribes anew when the method is another one, and not at all after unmount', () => {
    const heard: string[] = [];
    const { rerender, unmount } = renderHook(({ method }) => useHubMessage(method, () => heard.push(method)), {
      wrapper,
      initialProps: { method: 'A' },
    });
    rerender({ method: 'B' });
    hub.receive('A');
    hub.receive('B');
    unmount();
    hub.receive('B');
    expect(heard).toEqual(['B']);
    expect(hub.listeners()).toBe(0);
  });

  it('hears a message once under StrictMode', () => {
    const heard: string[] = [];
    renderHook(() => useHubMessage('Message', (text: string) => heard.push(text)), strict);
    hub.receive('Message', 'one');
    expect(heard).toEqual(['one']);
  });

  it('hears life-cycle events while mounted', () => {
    const heard: string[] = [];
    const { unmount } = renderHook(() => useHubEvent('groupJoined', ({ group }) => heard.push(group)), { wrapper });
    hub.emit({ type: 'groupJoined', group: 'lobby' } as { type: string });
    unmount();
    hub.emit({ type: 'groupJoined', group: 'kitchen' } as { type: string });
    expect(heard).toEqual(['lobby']);
  });
});

describe('useHubGroup', () => {
  it('is in the group while mounted, and in another one when the name changes', () => {
    const { rerender, unmount } = renderHook(({ name }: { name: string | null }) => useHubGroup(name), {
      wrapper,
      initialProps: { name: 'lobby' as string | null },
    });
    rerender({ name: 'kitchen' });
    rerender({ name: null });
    unmount();
    expect(hub.facts).toEqual(['join lobby', 'leave lobby', 'join kitchen', 'leave kitchen']);
  });

  it('shows how the group stands, and tries again when asked', () => {
    const { result } = renderHook(() => useHubGroup('staff'), { wrapper });
    expect(result.current).toMatchObject({ status: 'joining', error: null });
    const error = new HubError('group-forbidden', 'Staff only.');
    act(() => hub.setGroup('staff', { status: 'failed', error }));
    expect(result.current).toMatchObject({ status: 'failed', error });
    result.current.retry();
    expect(hub.facts).toEqual(['join staff', 'retry staff']);
  });

  it('is the same object until something changed', () => {
    const { result, rerender } = renderHook(() => useHubGroup('lobby'), { wrapper });
    const before = result.current;
    rerender();
    expect(result.current).toBe(before);
  });

  it('gives back as many wishes as it made under StrictMode', () => {
    const { unmount } = renderHook(() => useHubGroup('lobby'), strict);
    unmount();
    const wishes = hub.facts.filter((fact) => fact.endsWith('lobby'));
    expect(wishes).toEqual(['join lobby', 'leave lobby', 'join lobby', 'leave lobby']);
  });
});

it('survives Suspense with one start', async () => {
  let resolve!: () => void;
  const loaded = new Promise<void>((done) => (resolve = done));
  const Late = lazy(() => loaded.then(() => ({ default: () => <p>there</p> })));
  const page = (
    <Suspense fallback="…">
      <Late />
    </Suspense>
  );
  const { container } = await act(async () => render(page, { wrapper: autoStarted }));
  expect(container.textContent).toBe('…');
  await act(async () => resolve());
  expect(container.textContent).toBe('there');
  expect(hub.facts).toEqual(['start']);
});
