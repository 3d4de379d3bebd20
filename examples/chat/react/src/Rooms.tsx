import type { ReactNode } from 'react';
import type { Room } from '../../contract.ts';

interface RoomsProps {
  rooms: readonly Room[];
  selected: string;
  onSelect: (room: string) => void;
}

export function Rooms({ rooms, selected, onSelect }: RoomsProps): ReactNode {
  return (
    <nav aria-labelledby="rooms">
      <h2 id="rooms">Rooms</h2>
      <ul>
        {rooms.map(({ name, title }) => (
          <li key={name}>
            <button type="button" aria-current={name === selected} onClick={() => onSelect(name)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
